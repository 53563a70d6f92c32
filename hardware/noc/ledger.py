"""Add up the work and the time of a run, batch after batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.noc.energy import COUNTS, energy_of
from polychrony.hardware.noc.latency import step_latency
from polychrony.hardware.noc.modes import Seen, check_mode, message_times
from polychrony.hardware.noc.routes import Routes
from polychrony.hardware.noc.traffic import Work, WorkCounter
from polychrony.hardware.profile import Profile
from polychrony.hardware.report import CoreCost, CostReport
from polychrony.snn.activity import Activity

FloatArray = npt.NDArray[np.float64]

_CELLS = 1 << 22  # counts of one kind in memory at a time
_MESSAGES = 1 << 20  # messages in memory at a time, where each is simulated
_SAMPLES = 2  # samples that tell how many messages there are


def _sum(*pieces: FloatArray) -> FloatArray:
    """Sum of arrays of one axis that may differ in length; the shorter ones end in zeros."""
    total = np.zeros(max(map(len, pieces)))
    for piece in pieces:
        total[: len(piece)] += piece
    return total


class Ledger:
    """Account of what a mapped network did.

    Args:
        routes: routes of the mapped network.
        profile: costs.
        static: add the chip's static power times the time of an inference, as a component of its
            own. It was measured, at a voltage that its source may not state, while energies per
            event may be of another kind; hence only on request, or where the profile's costs of
            events make sense only together with it.
        noc: how the network on chip is treated, one of `MODES`.
        tick: real time of a step where a deadline of one's own sets it, s.
        arrivals: tells of the messages where the run itself let them travel, late ones included;
            they are not simulated once more.

    Raises:
        UnknownQuantityError: static power is asked for and not known.
        HardwareError: there is no such mode.
    """

    def __init__(
        self,
        routes: Routes,
        profile: Profile,
        *,
        static: bool = False,
        noc: str = "analytic",
        tick: float | None = None,
        arrivals: Callable[[], Seen] | None = None,
    ) -> None:
        check_mode(noc)
        self.tick, self._arrivals = tick, arrivals
        self.routes, self.profile, self.noc = routes, profile, noc
        self._count = WorkCounter(routes, profile.active_when)
        self.messages = message_times(noc, routes, profile) if arrivals is None else None
        asked = static or profile.static_always
        self.static_power = profile.static_power.require("W") if asked else None
        self._total: Work | None = None
        self._spikes: dict[str, int] = {}
        self._step_events = {name: np.zeros(0) for name in COUNTS}
        self._step_s = np.zeros(0)
        self._step_count = np.zeros(0)
        self._sample_s: list[FloatArray] = []
        self._longest_s = 0.0
        self._steps = self._late = 0

    def record(self, activity: Activity) -> None:
        """Account for one more batch of samples.

        Args:
            activity: what the network did on the chip, spikes of inputs included.

        Raises:
            GraphError: the activity does not belong to the network.
        """
        if not activity.batch_size or not activity.n_steps:
            return
        start = 0
        while start < activity.batch_size:
            stop = start + self._at_once(activity)
            few = {k: s[:, start:stop] for k, s in activity.spikes.items()}
            self._record(Activity(activity.dt, few))
            start = stop

    def _at_once(self, activity: Activity) -> int:
        """Samples to take into memory together."""
        cells = activity.n_steps * (self.routes.mapping.n_cores + 1)
        most = max(1, _CELLS // cells)
        if self.messages is None:
            return most
        if not self.n_samples:
            return min(most, _SAMPLES)
        each = len(self.messages.seen.latency) / self.n_samples
        return max(1, min(most, int(_MESSAGES / max(each, 1))))

    def _record(self, activity: Activity) -> None:
        work = self._count(activity)
        messages = None if self.messages is None else self.messages(activity)
        steps = step_latency(work, self.routes, activity, self.profile, messages)
        if self.tick is not None:
            steps = np.full_like(steps, self.tick)
        for name, count in COUNTS.items():
            # Whole numbers below 2^53, so that batches of any size add up to the same.
            events = getattr(work, count).sum(axis=(1, 2)).astype(np.float64)
            self._step_events[name] = _sum(self._step_events[name], events)
        summed = [getattr(work, f.name).sum(axis=(0, 1)) for f in fields(Work)]
        if self._total is not None:
            summed = [
                a + getattr(self._total, f.name) for a, f in zip(summed, fields(Work), strict=True)
            ]
        self._total = Work(*summed)
        for name, spikes in activity.spikes.items():
            self._spikes[name] = self._spikes.get(name, 0) + int(spikes.sum(dtype=np.int64))
        self._step_s = _sum(self._step_s, steps.sum(axis=1))
        self._step_count = _sum(self._step_count, np.full(len(steps), float(steps.shape[1])))
        self._sample_s.append(steps.sum(axis=0))
        self._longest_s = max(self._longest_s, float(steps.max()))
        self._steps += steps.size
        self._late += int((steps > activity.dt * (1 + 1e-9)).sum())

    @property
    def seen(self) -> Seen | None:
        """What was seen of the messages, where they are simulated one by one."""
        if self.noc == "analytic":
            return None
        if self._arrivals is not None:
            return self._arrivals()
        return None if self.messages is None else self.messages.seen

    @property
    def work(self) -> Work:
        """Events of each core, summed over steps and samples.

        Raises:
            HardwareError: nothing has been recorded.
        """
        if self._total is None:
            raise HardwareError("no costs to report: nothing has been recorded")
        return self._total

    @property
    def n_samples(self) -> int:
        """Samples recorded."""
        return sum(map(len, self._sample_s))

    def _cores(self, energies: dict[str, FloatArray], samples: int) -> tuple[CoreCost, ...]:
        mapping = self.routes.mapping
        per_core = np.zeros(mapping.n_cores + 1)
        for joules in energies.values():
            per_core[: len(joules)] += joules / samples
        held = [
            "+".join(dict.fromkeys(s.population for s in mapping.slices if s.core == core))
            for core in range(mapping.n_cores)
        ]
        costs = [
            CoreCost(core, int(tile), name, usage.physical, float(joules))
            for core, (tile, name, usage, joules) in enumerate(
                zip(mapping.tile, held, mapping.usage, per_core[:-1], strict=True)
            )
        ]
        return (*costs, CoreCost(None, mapping.chip.io_tile, "host", 0, float(per_core[-1])))

    def _events_J(self) -> dict[str, FloatArray]:  # noqa: N802 - the unit as the SI writes it
        """Energy of the events of each component, by step, summed over samples, J."""
        costs = {name: self.profile.cost(name).energy for name in self._step_events}
        return {
            name: events * costs[name].require("J")
            for name, events in self._step_events.items()
            if costs[name].known
        }

    def _whole_chip(self) -> dict[str, FloatArray]:
        """Energy that belongs to no core, by step, summed over samples, J."""
        held: dict[str, FloatArray] = {}
        barrier = self.profile.barrier
        if barrier is not None and barrier.energy.known:
            held["barrier"] = self._step_count * barrier.energy.require("J")
        if self.static_power is not None:
            held["static"] = self._step_s * self.static_power * self.routes.mapping.n_chips
        return held

    def _latency_excludes(self) -> tuple[str, ...]:
        if self._arrivals is not None:
            return ()
        if self.routes.mapping.chip.time != "barrier":
            return ("the lateness of messages",)
        queueing = ("queueing in the mesh",) if self.messages is None else ()
        return (*self.profile.latency_excludes, *queueing)

    def report(self) -> CostReport:
        """Costs per inference of everything recorded.

        Raises:
            HardwareError: nothing has been recorded.
        """
        work, mapping = self.work, self.routes.mapping
        seconds = np.concatenate(self._sample_s)
        samples = len(seconds)
        by_step = {**self._events_J(), **self._whole_chip()}
        energy: dict[str, float | None] = {
            name: float(joules.sum()) / samples for name, joules in by_step.items()
        }
        known = sum(value for value in energy.values() if value is not None)
        total = known if self.profile.has_total else None
        counts = {f.name: float(getattr(work, f.name).sum()) / samples for f in fields(Work)}
        return CostReport(
            chip=mapping.chip.name,
            profile=self.profile.name,
            noc=self.noc,
            noc_messages=None if self.seen is None else self.seen.report(),
            n_samples=samples,
            steps_per_inference=self._steps / samples,
            energy_per_inference_J={"total": total, **energy},
            energy_per_step_J=tuple(float(j) / samples for j in _sum(*by_step.values())),
            energy_excludes=self.profile.energy_excludes,
            energy_contains=dict(self.profile.contained),
            latency_per_inference_s=float(seconds.mean()),
            latency_percentiles_s={
                str(p): float(np.percentile(seconds, p)) for p in (50, 95, 99, 100)
            },
            latency_excludes=self._latency_excludes(),
            step_latency_mean_s=float(seconds.sum()) / self._steps,
            step_latency_max_s=self._longest_s,
            steps_longer_than_dt=self._late / self._steps,
            spikes_per_inference={name: count / samples for name, count in self._spikes.items()},
            synaptic_ops_per_inference=counts["synaptic_ops"],
            messages_per_inference=counts["messages_out"],
            hops_east_west_per_inference=counts["hops_east_west"],
            hops_north_south_per_inference=counts["hops_north_south"],
            per_core=self._cores(energy_of(work, self.profile), samples),
            mapping=mapping.report(),
            assumptions=(*self.profile.assumptions, *mapping.chip.assumptions),
        )
