"""All batches of a co-simulation through the loop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.loop.arrivals import Arrivals, LatencyModel
from polychrony.hardware.loop.close import close_loop
from polychrony.hardware.loop.continuous import Continuous
from polychrony.hardware.loop.options import Loop
from polychrony.hardware.loop.streams import Streams
from polychrony.hardware.loop.timing import Timing, timing_of
from polychrony.hardware.noc.modes import Seen
from polychrony.hardware.noc.routes import Routes
from polychrony.hardware.noc.senders import Senders
from polychrony.hardware.prepare import Prepared
from polychrony.hardware.profile import Profile
from polychrony.hardware.simulate import run_on_chip
from polychrony.snn.activity import Activity
from polychrony.snn.simulate import simulate

Array = npt.NDArray[Any]

KEPT = 4
"""Samples whose late spikes are reported one by one."""


class LoopSession:
    """Runs of a network on its chip, with its network on chip in the loop.

    Args:
        prepared: the network on the chip.
        profile: costs; they tell when spikes leave.
        noc: how messages travel, or a rule that gives latencies.
        options: the loop.
        quantize: run in the arithmetic of the chip; in real numbers without.
    """

    def __init__(
        self,
        prepared: Prepared,
        profile: Profile,
        noc: str | LatencyModel = "analytic",
        options: Loop | None = None,
        quantize: bool = True,
    ) -> None:
        self.prepared, self.options = prepared, options or Loop("closed")
        self.noc, self.quantize = noc, quantize
        self.senders = Senders(Routes(prepared.mapping), profile)
        chip, dt = prepared.mapping.chip, prepared.fitted.graph.dt
        timing = timing_of(chip, dt, self.options.tick, self.options.late)
        self.timing = None if self.options.how == "off" else timing
        self.streams: Streams | None = None
        if self.timing is not None:
            self.streams = Streams(self.senders, self.timing.tick, KEPT)
        self._rounds: list[int] = []
        self._changed = self._open = self._steps = 0

    def __call__(self, inputs: Mapping[str, Array]) -> Activity:
        """Run one batch.

        Args:
            inputs: spike counts of each input population, [T, B, N].
        """
        if self.timing is None:
            return self._run(inputs, None)
        seen: list[Streams] = []
        run, travel = self._run, self._arrivals(self.timing)
        if self.continuous:
            held = self.prepared.quantized
            analog = Continuous(held, self.senders, self.timing.tick, self.noc)
            run, travel = analog.run, analog.travel

        def watched(activity: Any) -> Any:
            assert self.timing is not None
            seen.append(Streams(self.senders, self.timing.tick, KEPT))
            return travel(activity, seen[-1])

        closed = close_loop(run, watched, inputs, max_rounds=self.options.rounds)
        assert self.streams is not None
        self.streams.merge(seen[-1])
        self._rounds.append(closed.rounds)
        self._changed += int(closed.changed.sum())
        self._open += int((closed.changed > 0).sum())
        self._steps = closed.activity.n_steps
        return closed.activity

    @property
    def continuous(self) -> bool:
        """Whether spikes act at any time, not only in steps."""
        return self.quantize and self.prepared.mapping.chip.time == "continuous"

    def _run(self, inputs: Mapping[str, Array], late: Any) -> Activity:
        if self.quantize:
            return run_on_chip(self.prepared.quantized, inputs, late)
        return simulate(self.prepared.fitted.graph, inputs, late)

    def _arrivals(self, timing: Timing) -> Any:
        return Arrivals(self.senders, timing, self.noc)

    def seen(self) -> Seen:
        """What was seen of the messages in the last round of every batch."""
        assert self.streams is not None
        return Seen(self.streams.whole.latency, self.streams.whole.late)

    def report(self) -> dict[str, Any] | None:
        """Plain values for JSON, with units in the keys; None where the loop is off."""
        if self.options.how == "off":
            return None
        base: dict[str, Any] = {"how": self.options.how, "tick_s": None}
        if self.timing is None or self.streams is None:
            # Steps last until all has arrived: nothing is late, whatever the traffic.
            return base | {"rounds_max": 0, "samples_not_converged": 0, "network": None}
        late = self.streams.late_spikes
        dropped = self.timing.late == "drop"
        return base | {
            "tick_s": self.timing.tick,
            "policy": "as they come" if self.continuous else self.timing.late,
            "rounds_max": int(np.max(self._rounds, initial=0)),
            "samples_not_converged": self._open,
            "spikes_changed_in_last_round": self._changed,
            **self.streams.report(self._steps),
            "dropped_spikes" if dropped else "late_spikes": late,
        }
