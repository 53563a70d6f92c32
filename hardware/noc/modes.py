"""Latency of every message of a run, where the network on chip is simulated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
        self._latency.count(received - messages.time[messages.message_of_copy])
        tick = self.senders.routes.mapping.chip.tick
        if tick is not None:
            # A spike is late if it is not there when the next tick begins.
            self._late += int((received * self._latency.quantum > tick.require("s")).sum())
        last = np.zeros(len(sent.episode_ptr) - 1, np.int64)
        copies = messages.row_ptr[sent.episode_ptr]
        filled = np.flatnonzero(np.diff(copies))
        if filled.size:
            last[filled] = np.maximum.reduceat(received, copies[filled])
        shape = (activity.n_steps, activity.batch_size)
        return np.asarray(last.reshape(shape) * self._latency.quantum)

    @property
    def seen(self) -> Seen:
        """What was seen of the messages so far."""
        ticks = self.senders.routes.mapping.chip.tick is not None
        return Seen(self._latency, self._late if ticks else None)


def message_times(mode: str, routes: Routes, profile: Profile) -> MessageTimes | None:
    """Simulation of messages by the name of its mode; None for sums of hops.

    Raises:
        HardwareError: there is no such mode.
    """
    check_mode(mode)
    return None if mode == "analytic" else MessageTimes(mode, routes, profile)
