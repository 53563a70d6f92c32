"""Messages that enter a network on chip, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError

IntArray = npt.NDArray[np.int32]
LongArray = npt.NDArray[np.int64]
# Copies are numbered in 31 bits and counted in 29 inside of a flit.
MOST_COPIES = 2**29 - 1


@dataclass(frozen=True)
class Messages:
    """Messages in the order in which they are created, each to one target or to several.

    Args:
        time: cycle of creation, ascending (within each episode), [M].
        source: endpoint that sends, [M].
        row_ptr: targets of message m are `targets[row_ptr[m]:row_ptr[m + 1]]`, [M + 1].
        targets: endpoints that receive a copy, [C].
        flits: flits of each message, [M].

    Raises:
        HardwareError: the arrays do not fit together, or hold what cannot be.
    """

    time: LongArray
    source: IntArray
    row_ptr: LongArray
    targets: IntArray
    flits: IntArray

    def __post_init__(self) -> None:
        self._check_shapes()
        if len(self.time) and self.time.min() < 0:
            raise HardwareError(f"messages: time holds {self.time.min()}, allowed are 0 and more")
        if (np.diff(self.row_ptr) < 1).any():
            raise HardwareError("messages: each message needs at least one target")
        if len(self.flits) and self.flits.min() < 1:
            raise HardwareError(f"messages: flits holds {self.flits.min()}, allowed are 1 and more")

    def _check_shapes(self) -> None:
        m = len(self.time)
        lengths = {"source": m, "flits": m, "row_ptr": m + 1, "targets": len(self.targets)}
        for name, length in lengths.items():
            if getattr(self, name).shape != (length,):
                raise HardwareError(
                    f"messages: {name} has shape {getattr(self, name).shape}, time asks for "
                    f"({length},)"
                )
        if self.row_ptr[0] != 0 or self.row_ptr[-1] != len(self.targets):
            raise HardwareError(
                f"messages: row_ptr runs from {self.row_ptr[0]} to {self.row_ptr[-1]}, it must "
                f"run from 0 to the {len(self.targets)} targets"
            )
        if len(self.targets) > MOST_COPIES:
            raise HardwareError(
                f"messages: {len(self.targets)} copies, allowed are {MOST_COPIES}; simulate parts"
            )

    @classmethod
    def unicast(cls, time: Any, source: Any, target: Any, flits: Any = 1) -> Messages:
        """Messages with one target each; the arguments of a `Packets` fit in its order.

        Args:
            time: cycle of creation, ascending, [M].
            source: endpoint that sends, [M].
            target: endpoint that receives, [M].
            flits: flits of each message, one number or [M].
        """
        time = np.asarray(time, np.int64)
        return cls(
            time,
            np.asarray(source, np.int32),
            np.arange(len(time) + 1, dtype=np.int64),
            np.asarray(target, np.int32),
            _each(flits, len(time)),
        )

    @classmethod
    def multicast(cls, time: Any, source: Any, row_ptr: Any, targets: Any) -> Messages:
        """Messages of one flit to any number of targets.

        Args:
            time: cycle of creation, ascending, [M].
            source: endpoint that sends, [M].
            row_ptr: where the targets of each message begin, [M + 1].
            targets: endpoints that receive a copy, [C].
        """
        time = np.asarray(time, np.int64)
        return cls(
            time,
            np.asarray(source, np.int32),
            np.asarray(row_ptr, np.int64),
            np.asarray(targets, np.int32),
            _each(1, len(time)),
        )

    @property
    def message_of_copy(self) -> IntArray:
        """Message to which each copy belongs, [C]."""
        return np.repeat(np.arange(len(self.time), dtype=np.int32), np.diff(self.row_ptr))


def _each(value: Any, length: int) -> IntArray:
    array = np.asarray(value, np.int32)
    return np.full(length, array, np.int32) if array.ndim == 0 else array


@dataclass(frozen=True)
class Trail:
    """Where each copy was when.

    Args:
        row_ptr: entries of copy c are `row_ptr[c]` to `row_ptr[c + 1]`, [C + 1].
        router: router that the head entered, or -1 if it did not get there.
        cycle: cycle in which it entered, or -1.
    """

    row_ptr: LongArray
    router: IntArray
    cycle: LongArray


@dataclass(frozen=True)
class Deliveries:
    """What became of messages; -1 stands where it did not happen before the end of the run.

    Args:
        message: message of each copy, [C].
        target: endpoint of each copy, [C].
        generated: cycle in which its message was created, [C].
        injected: cycle in which the head enters the first router, [C].
        received: cycle in which the tail leaves the last router's link to the endpoint, [C].
        hops: links between routers on its way, [C].
        link_flits: flits that each output port sent, [routers, ports].
        buffer_mean: flits in each input buffer, mean over the cycles counted,
            [routers, ports, channels].
        buffer_peak: most flits in each input buffer, [routers, ports, channels].
        cycles: cycles simulated.
        flits_injected: flits that left their sources, counted once per copy they stand for.
        flits_ejected: flits that endpoints took in.
        in_flight: flits in buffers and on links at the end, counted as those injected.
        episode_cycles: cycles of each episode, [episodes].
        trail: where each copy was when, if asked for.
    """

    message: IntArray
    target: IntArray
    generated: LongArray
    injected: LongArray
    received: LongArray
    hops: IntArray
    link_flits: LongArray
    buffer_mean: npt.NDArray[np.float64]
    buffer_peak: IntArray
    cycles: int
    flits_injected: int
    flits_ejected: int
    in_flight: int
    episode_cycles: LongArray
    trail: Trail | None = None

    @property
    def latency(self) -> LongArray:
        """Cycles from creation to reception of each copy that arrived."""
        arrived = self.received >= 0
        return self.received[arrived] - self.generated[arrived]
