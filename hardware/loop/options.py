"""How the network on chip takes part in a co-simulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.loop.timing import LatePolicy

How = Literal["off", "open", "closed"]

# No chip is so fast or so slow, and the times of any network count in cycles as 64-bit integers.
SHORTEST_TICK, LONGEST_TICK = 1e-12, 1e3


@dataclass(frozen=True)
class Loop:
    """Whether arrivals of spikes come back into the network.

    Args:
        how: `"off"`: all spikes arrive in their step; `"open"`: arrivals of the run without
            latencies act once; `"closed"`: until no spike train changes.
        tick: real time of a step, s, from 1 ps to 1000 s; the chip's own without it, and where that
            has none, steps last until all has arrived.
        late: what becomes of spikes that miss their step.
        max_rounds: runs after which a closed loop stops in any case.
        max_late: choose the shortest tick in which at most this share of the deliveries of the
            first samples is late.
        compensate: times that delays are shortened by what the first samples show the chip to add
            to them; 0 leaves them as trained.

    Raises:
        HardwareError: an option is not what it must be.
    """

    how: How = "off"
    tick: float | None = None
    late: LatePolicy = "deliver"
    max_rounds: int = 20
    max_late: float | None = None
    compensate: int = 0

    def __post_init__(self) -> None:
        if self.how not in get_args(How):
            raise HardwareError(f"loop is {self.how!r}, allowed are {', '.join(get_args(How))}")
        if self.late not in get_args(LatePolicy):
            raise HardwareError(
                f"late is {self.late!r}, allowed are {', '.join(get_args(LatePolicy))}"
            )
        if self.tick is not None and not SHORTEST_TICK <= self.tick <= LONGEST_TICK:
            raise HardwareError(
                f"tick is {self.tick} s; it must be above 0 s, "
                f"{SHORTEST_TICK:g} to {LONGEST_TICK:g}"
            )
        if self.max_rounds < 1:
            raise HardwareError(f"max_rounds is {self.max_rounds}, at least 1 is needed")
        if self.max_late is not None and not 0 <= self.max_late < 1:
            raise HardwareError(f"max_late is {self.max_late}; it must be from 0 to below 1")
        if self.max_late is not None and self.tick is not None:
            raise HardwareError("give a tick, or the share of late spikes it is chosen for")
        if self.max_late is not None and self.how == "off":
            raise HardwareError("a tick can only be chosen with the loop open or closed")
        if self.compensate < 0:
            raise HardwareError(f"compensate is {self.compensate}, at least 0 is needed")
        if self.compensate and self.how == "off":
            raise HardwareError("delays can only be compensated with the loop open or closed")

    def check(self, chip: Chip) -> None:
        """Refuse a chip on which an option makes no sense.

        Raises:
            HardwareError: delays are to be shortened where that brings no spike sooner.
        """
        if self.compensate and chip.delays_run_from == "sending":
            raise HardwareError(
                f"spikes on {chip.name} carry the step in which they are to act, so that shorter "
                "delays bring none of them sooner; leave compensate at 0"
            )

    @property
    def rounds(self) -> int:
        """Runs with arrivals, at most."""
        return 1 if self.how == "open" else self.max_rounds
