"""Ways of treating the network on chip, from the cheapest to the most exact."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.noc.cycle import Fabric, Messages, simulate_episodes
from polychrony.hardware.noc.queues import queue_messages
from polychrony.hardware.noc.routes import Routes
from polychrony.hardware.noc.senders import Senders
from polychrony.hardware.profile import Profile
from polychrony.snn.activity import Activity

FloatArray = npt.NDArray[np.float64]
LongArray = npt.NDArray[np.int64]
Receive = Callable[[Fabric, Messages, LongArray], LongArray]


def _cycle(fabric: Fabric, messages: Messages, episode_ptr: LongArray) -> LongArray:
    return simulate_episodes(fabric, messages, episode_ptr).received


_RECEIVE: dict[str, Receive] = {"queueing": queue_messages, "cycle": _cycle}
MODES = ("analytic", *_RECEIVE)
"""Sums of hops without waiting; queues without end on every link; flit by flit."""


class MessageTimes:
    """Latency of every message of a run.

    Args:
        mode: `"queueing"` or `"cycle"`.
        routes: routes of the mapped network.
        profile: costs; they tell when spikes leave.
    """

    def __init__(self, mode: str, routes: Routes, profile: Profile) -> None:
        self._receive, self.routes, self.profile = _RECEIVE[mode], routes, profile
        self.senders = Senders(routes, profile)
        self._counts = np.zeros(0, np.int64)  # messages by latency in cycles
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
        received = self._receive(self.senders.fabric, messages, sent.episode_ptr) + self._local(
            messages
        )
        self._count(received, messages.time[messages.message_of_copy])
        last = np.zeros(len(sent.episode_ptr) - 1, np.int64)
        copies = messages.row_ptr[sent.episode_ptr]
        filled = np.flatnonzero(np.diff(copies))
        if filled.size:
            last[filled] = np.maximum.reduceat(received, copies[filled])
        shape = (activity.n_steps, activity.batch_size)
        return np.asarray(last.reshape(shape) * self.quantum)

    def _local(self, messages: Messages) -> LongArray:
        """Cycles that each copy within a tile takes beyond what routers cost it, [C]."""
        chip, latency = self.routes.mapping.chip, self.profile.within_tile.latency
        if not latency.known:
            return np.zeros(len(messages.targets), np.int64)
        tile = np.append(np.repeat(np.arange(chip.grid.n_tiles), chip.cores_per_tile), chip.io_tile)
        within = tile[messages.source[messages.message_of_copy]] == tile[messages.targets]
        cycles = round(latency.require("s") / self.quantum)
        return np.where(within, cycles, 0)

    @property
    def quantum(self) -> float:
        """Duration of a cycle, s."""
        return self.routes.mapping.chip.router.quantum.require("s")

    @property
    def counts(self) -> LongArray:
        """Messages by their latency in cycles, from 0 on."""
        return self._counts

    @property
    def total(self) -> int:
        """Messages seen."""
        return int(self._counts.sum())

    def _count(self, received: LongArray, created: LongArray) -> None:
        counts = np.bincount(received - created)
        longer = np.zeros(max(len(counts), len(self._counts)), np.int64)
        longer[: len(counts)] += counts
        longer[: len(self._counts)] += self._counts
        self._counts = longer
        tick = self.routes.mapping.chip.tick
        if tick is not None:
            # A spike is late if it is not there when the next tick begins.
            self._late += int((received * self.quantum > tick.require("s")).sum())

    def report(self) -> dict[str, Any]:
        """Latency of messages from creation to reception, s, and how many miss their tick."""
        total = self.total
        result: dict[str, Any] = {"quantum_s": self.quantum, "messages": total}
        if total:
            cycles = np.arange(len(self._counts))
            below = np.cumsum(self._counts) / total
            result["latency_mean_s"] = float(cycles @ self._counts) / total * self.quantum
            result["latency_percentiles_s"] = {
                str(p): float(np.searchsorted(below, p / 100 - 1e-12)) * self.quantum
                for p in (50, 95, 99, 100)
            }
        if self.routes.mapping.chip.tick is not None:
            result["deadline_misses"] = self._late
        return result


def message_times(mode: str, routes: Routes, profile: Profile) -> MessageTimes | None:
    """Simulation of messages by the name of its mode; None for sums of hops.

    Raises:
        HardwareError: there is no such mode.
    """
    check_mode(mode)
    return None if mode == "analytic" else MessageTimes(mode, routes, profile)


def check_mode(mode: str) -> None:
    """Refuse a mode that does not exist.

    Raises:
        HardwareError: there is no such mode.
    """
    if mode not in MODES:
        raise HardwareError(f"noc is {mode!r}, allowed are {', '.join(MODES)}")
