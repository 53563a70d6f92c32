"""How the routers of a chip move flits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.quantity import Quantity
from polychrony.hardware.ranges import check_whole

Pipeline = Literal["speculative", "plain", "asynchronous"]
PIPELINES: Mapping[Pipeline, tuple[int, int]] = {
    "speculative": (3, 5),
    "plain": (5, 7),
    "asynchronous": (1, 0),
}
"""Cycles per hop over links of one cycle, and cycles besides, from creation to ejection."""

_LEAST = {
    "east_west_cycles": 1,
    "north_south_cycles": 1,
    "cycles_per_flit": 1,
    "buffer_flits": 1,
    "virtual_channels": 1,
    "chip_crossing_cycles": 0,
    "crossing_cycles_per_flit": 1,
    "local_cycles": 0,
    "eject_cycles_per_flit": 1,
}


def _one_cycle() -> Quantity:
    return Quantity(1.0, "ns", "assumed: a clock of 1 GHz", "assumed", name="quantum")


@dataclass(frozen=True)
class Router:
    """Timing and buffers of the routers of a network on chip, in cycles of a declared quantum.

    These chips are asynchronous and have no clock: the quantum is the step in which their network
    is simulated, no property of theirs. The defaults are an input-queued router with one virtual
    channel, whose latency from creation to ejection without load is 3 H + 5 cycles over H links
    (`"speculative"`), or 5 H + 7 (`"plain"`). With `"asynchronous"` a hop takes the cycles of its
    link and nothing else.

    Args:
        quantum: s per cycle.
        pipeline: `"speculative"`: channel and switch are allocated in one cycle, and the route is
            known; `"plain"`: route, channel and switch take a cycle each; `"asynchronous"`.
        east_west_cycles: cycles on a link to the east or west.
        north_south_cycles: cycles on a link to the north or south.
        cycles_per_flit: cycles between two flits on a link.
        buffer_flits: flits that each input buffer holds, per virtual channel.
        virtual_channels: channels that share a link.
        chip_crossing_cycles: cycles that a link between two chips takes beyond those above.
        crossing_cycles_per_flit: cycles between two flits on a link between chips.
        local_cycles: cycles between a router and a core of its tile, added to the pipeline's.
        eject_cycles_per_flit: cycles between two flits that a core takes in.
        multicast: whether routers copy a message where the ways to its targets part.

    Raises:
        HardwareError: a field is out of its range.
    """

    quantum: Quantity = field(default_factory=_one_cycle)
    pipeline: Pipeline = "speculative"
    east_west_cycles: int = 1
    north_south_cycles: int = 1
    cycles_per_flit: int = 1
    buffer_flits: int = 8
    virtual_channels: int = 1
    chip_crossing_cycles: int = 0
    crossing_cycles_per_flit: int = 1
    local_cycles: int = 0
    eject_cycles_per_flit: int = 1
    multicast: bool = False

    def __post_init__(self) -> None:
        if self.pipeline not in get_args(Pipeline):
            raise HardwareError(
                f"router: pipeline is {self.pipeline!r}, allowed are "
                f"{', '.join(get_args(Pipeline))}"
            )
        check_whole("router", self, _LEAST)
        if self.quantum.base_unit != "s" or not self.quantum.known or self.quantum.si <= 0:
            raise HardwareError("router: quantum must be a known time above 0 s")
