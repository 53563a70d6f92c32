"""Latency of every message of a run, where the network on chip is simulated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.noc.histogram import Histogram
from polychrony.hardware.noc.receive import MODES, check_mode, receive
from polychrony.hardware.noc.routes import Routes
from polychrony.hardware.noc.senders import Senders
from polychrony.hardware.profile import Profile
from polychrony.snn.activity import Activity

FloatArray = npt.NDArray[np.float64]

__all__ = ["MODES", "MessageTimes", "Seen", "check_mode", "message_times"]


@dataclass(frozen=True, eq=False)
class Seen:
    """What was seen of the messages of a run.

    Args:
        latency: latency of each from creation to reception.
        misses: how many miss their tick; None where there is none.
    """

    latency: Histogram
    misses: int | None

    def report(self) -> dict[str, Any]:
        """Plain values for JSON, s."""
        result: dict[str, Any] = {
            "quantum_s": self.latency.quantum,
            "messages": len(self.latency),
        }
        if len(self.latency):
            result["latency_mean_s"] = self.latency.mean
            result["latency_percentiles_s"] = self.latency.percentiles
        if self.misses is not None:
            result["deadline_misses"] = self.misses
        return result


class MessageTimes:
    """Latency of every message of a run.

    Args:
        mode: `"queueing"` or `"cycle"`.
        routes: routes of the mapped network.
        profile: costs; they tell when spikes leave.
    """

    def __init__(self, mode: str, routes: Routes, profile: Profile) -> None:
        self.mode, self.senders = mode, Senders(routes, profile)
        self._latency = Histogram(self.senders.quantum)
        self._late = 0

    def __call__(self, activity: Activity) -> FloatArray:
        """Time at which the last message of each step has arrived.

        Args:
            activity: the run.

        Returns:
            s after the beginning of the step, [T, B]; 0 in a step without messages.
        """
        sent = self.senders.by_step(activity)
        messages = sent.messages
        received = receive(self.mode, self.senders, messages, sent.episode_ptr)
        last = np.zeros(len(sent.episode_ptr) - 1, np.int64)
        tick, quantum = self.senders.routes.mapping.chip.tick, self._latency.quantum
        # A spike is late if it is not there when the next tick begins.
        limit = np.inf if tick is None else tick.require("s")
        self._late += _look(
            messages.time, messages.row_ptr, sent.episode_ptr, quantum, limit, received, last
        )
        self._latency.count(received)
        shape = (activity.n_steps, activity.batch_size)
        return np.asarray(last.reshape(shape) * quantum)

    @property
    def seen(self) -> Seen:
        """What was seen of the messages so far."""
        ticks = self.senders.routes.mapping.chip.tick is not None
        return Seen(self._latency, self._late if ticks else None)


@numba.njit(cache=True, nogil=True)
def _look(time, row_ptr, episode_ptr, quantum, limit, received, last):  # type: ignore[no-untyped-def]
    """Turn cycles of reception into latencies; keep the last of each episode, and count the late.

    Args:
        time: cycle of creation of each message, [M].
        row_ptr: first copy of each message, [M + 1].
        episode_ptr: first message of each episode, [E + 1].
        quantum: duration of a cycle, s.
        limit: time after which a copy is late, s.
        received: cycle in which each copy is received; overwritten by its latency, [C].
        last: overwritten by the cycle of the last copy, [E].

    Returns:
        Copies that are late.
    """
    late = 0
    for e in range(last.size):
        latest = 0
        for m in range(episode_ptr[e], episode_ptr[e + 1]):
            for c in range(row_ptr[m], row_ptr[m + 1]):
                cycle = received[c]
                latest = max(latest, cycle)
                if cycle * quantum > limit:
                    late += 1
                received[c] = cycle - time[m]
        last[e] = latest
    return late


def message_times(mode: str, routes: Routes, profile: Profile) -> MessageTimes | None:
    """Simulation of messages by the name of its mode; None for sums of hops.

    Raises:
        HardwareError: there is no such mode.
    """
    check_mode(mode)
    return None if mode == "analytic" else MessageTimes(mode, routes, profile)
