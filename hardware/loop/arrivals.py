"""When the spikes of a run arrive, by the network on chip or by a rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.loop.late import DROPPED, LateEvents, LateSpikes
from polychrony.hardware.loop.timing import Timing
from polychrony.hardware.noc.receive import check_mode, receive
from polychrony.hardware.noc.senders import Flights, Senders
from polychrony.snn.activity import Activity

Array = npt.NDArray[Any]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

LatencyModel = Callable[[Flights], FloatArray]
"""Latency of each delivery from the beginning of its step, s, [C]."""

Watch = Callable[[int, Flights, FloatArray, FloatArray, IntArray], None]
"""Told of each sample: its number, its deliveries, when they could be sent and were received, s,
and by how many ticks they are late."""


def uniform_latency(seconds: float) -> LatencyModel:
    """The same latency for every delivery.

    Args:
        seconds: latency, s.
    """
    return lambda flights: np.full(len(flights.lane), seconds)


@dataclass(frozen=True, eq=False)
class Arrivals:
    """Deliveries of a run that miss their step.

    A sample is one course of real time: what is still under way when a step ends meets the
    messages of the next.

    Args:
        senders: what spikes send.
        timing: length of a step, and what becomes of late spikes.
        latency: `"analytic"`, `"queueing"` or `"cycle"`, or a rule that gives latencies.
    """

    senders: Senders
    timing: Timing
    latency: str | LatencyModel = "analytic"

    def __post_init__(self) -> None:
        if isinstance(self.latency, str):
            check_mode(self.latency)

    def __call__(self, activity: Activity, watch: Watch | None = None) -> LateSpikes:
        """Late deliveries of a run.

        Args:
            activity: the run.
            watch: told of all deliveries of each sample.
        """
        found: list[list[IntArray]] = [[] for _ in self.senders.names]
        begin = self._begin(activity.n_steps)
        for sample in range(activity.batch_size):
            spikes = {name: activity.spikes[name][:, sample] for name in self.senders.names}
            flights = self.senders.flights(spikes, begin, one_course=True)
            latency = self.latencies(flights, begin)
            slack = self.senders.slack.of(flights.population, flights.lane)
            missed = self.timing.missed(latency, slack)
            if watch is not None:
                start = flights.step * self.timing.tick
                who = flights.population, flights.step, slack
                sendable = self.senders.slack.sendable(*who, flights.sent, begin)
                could = start + (sendable - begin[flights.step]) * self.senders.quantum
                watch(sample, flights, could, start + latency, missed)
            late = np.flatnonzero(missed > 0)
            # What is later than the run is long acts no more than what is dropped.
            acts = (missed[late] < activity.n_steps) & (self.timing.late == "deliver")
            ticks = np.where(acts, missed[late], DROPPED)
            rows = np.stack([flights.step[late], late * 0 + sample, flights.lane[late], ticks])
            for number in np.unique(flights.population[late]):
                found[number].append(rows[:, flights.population[late] == number])
        events = {
            name: LateEvents(*np.concatenate(parts, axis=1))
            for name, parts in zip(self.senders.names, found, strict=True)
            if parts
        }
        return LateSpikes(self.senders, events)

    def _begin(self, n_steps: int) -> IntArray:
        seconds = np.arange(n_steps + 1) * self.timing.tick
        begin: IntArray = np.rint(seconds / self.senders.quantum).astype(np.int64)
        return begin

    def latencies(self, flights: Flights, begin: IntArray) -> FloatArray:
        """Latency of each delivery of a sample from the beginning of its step, s, [C].

        Args:
            flights: the deliveries.
            begin: cycle in which each step begins, [T + 1].
        """
        if not isinstance(self.latency, str):
            return self.latency(flights)
        received = receive(self.latency, self.senders, flights.messages)
        return np.asarray((received - begin[flights.step]) * self.senders.quantum)
