"""When messages are received, in each way of treating the network on chip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.noc.cycle import Fabric, Messages, simulate_episodes
from polychrony.hardware.noc.queues import queue_messages
from polychrony.hardware.noc.senders import Senders

IntArray = npt.NDArray[np.int64]


def _alone(fabric: Fabric, messages: Messages, episode_ptr: IntArray) -> IntArray:
    """As if each message were alone in the network: each pair of ends is looked at once."""
    owner = messages.message_of_copy
    key = messages.source[owner].astype(np.int64) * fabric.n_endpoints + messages.targets
    pair, which = np.unique(key, return_inverse=True)
    source, target = np.divmod(pair, fabric.n_endpoints)
    ptr = np.arange(len(pair) + 1)
    alone = Messages.unicast(np.zeros(len(pair), np.int64), source, target)
    latency = queue_messages(fabric, alone, ptr)[which.reshape(-1)]
    return np.asarray(messages.time[owner] + latency)


def _cycle(fabric: Fabric, messages: Messages, episode_ptr: IntArray) -> IntArray:
    return simulate_episodes(fabric, messages, episode_ptr).received


_WAYS: dict[str, Callable[[Fabric, Messages, IntArray], IntArray]] = {
    "analytic": _alone,
    "queueing": queue_messages,
    "cycle": _cycle,
}
MODES = tuple(_WAYS)
"""Sums of hops without waiting; queues without end on every link; flit by flit."""


def check_mode(mode: str) -> None:
    """Refuse a mode that does not exist.

    Raises:
        HardwareError: there is no such mode.
    """
    if mode not in MODES:
        raise HardwareError(f"noc is {mode!r}, allowed are {', '.join(MODES)}")


def receive(mode: str, senders: Senders, messages: Messages, episode_ptr: Any = None) -> IntArray:
    """Cycle in which each copy is received, [C].

    Args:
        mode: one of `MODES`.
        senders: who sends the messages, which tells network and costs.
        messages: what is sent, in order of time within each episode.
        episode_ptr: first message of each episode, [E + 1]; one episode without it.
    """
    if episode_ptr is None:
        episode_ptr = np.array([0, len(messages.time)], np.int64)
    if not len(messages.time):
        return np.zeros(0, np.int64)
    received = _WAYS[mode](senders.fabric, messages, episode_ptr)
    chip, latency = senders.routes.mapping.chip, senders.profile.within_tile.latency
    if latency.known:
        tile = np.append(np.repeat(np.arange(chip.grid.n_tiles), chip.cores_per_tile), chip.io_tile)
        cycles = round(latency.require("s") / senders.quantum)
        _add_within_tile(
            messages.source, messages.row_ptr, messages.targets, tile, cycles, received
        )
    return received


@numba.njit(cache=True, nogil=True)
def _add_within_tile(source, row_ptr, targets, tile, cycles, received):  # type: ignore[no-untyped-def]
    """Add what copies within a tile take beyond what routers cost them."""
    for m in range(source.size):
        for c in range(row_ptr[m], row_ptr[m + 1]):
            if tile[source[m]] == tile[targets[c]]:
                received[c] += cycles
