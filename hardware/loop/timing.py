"""When a spike is late, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import HardwareError

LatePolicy = Literal["deliver", "drop"]

# A message that takes whole ticks misses them, whatever rounding does to its latency.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Timing:
    """Real time of a run in steps.

    A message sent in step t of length T that takes a latency r misses

        k = max(0, floor(r / T) - slack)

    ticks, and acts k steps after it is due, or never. It has slack where it carries the step in
    which it is to act: one of delay d may come up to d - 1 steps later than one of delay 1. Where
    delays run from arrival there is none.

    Args:
        tick: length of a step, s.
        late: `"deliver"`: late spikes act late; `"drop"`: they do not act.

    Raises:
        HardwareError: the tick is not above 0 s, or there is no such policy.
    """

    tick: float
    late: LatePolicy = "deliver"

    def __post_init__(self) -> None:
        if not (np.isfinite(self.tick) and self.tick > 0):
            raise HardwareError(f"tick is {self.tick} s; it must be above 0 s")
        if self.late not in get_args(LatePolicy):
            raise HardwareError(
                f"late is {self.late!r}, allowed are {', '.join(get_args(LatePolicy))}"
            )

    def missed(
        self, latency: npt.NDArray[np.float64], slack: npt.NDArray[np.int64] | int = 0
    ) -> npt.NDArray[np.int64]:
        """Ticks that messages miss.

        Args:
            latency: from the beginning of the step in which they are sent, s, any shape.
            slack: steps that they may take longer, see `Senders.slack`.
        """
        ticks = np.floor(latency / self.tick + _ROUNDING).astype(np.int64)
        late: npt.NDArray[np.int64] = np.maximum(ticks - slack, 0)
        return late


def timing_of(
    chip: Chip, dt: float, tick: float | None = None, late: LatePolicy = "deliver"
) -> Timing | None:
    """Timing of a chip, or of a user's deadline.

    Args:
        chip: the chip.
        dt: step of the network, s; a chip in continuous time runs in real time.
        tick: a deadline of one's own, s; on any chip.
        late: what becomes of late spikes.

    Returns:
        None where steps last until all has arrived.
    """
    if tick is not None:
        return Timing(tick, late)
    if chip.time == "barrier":
        return None
    if chip.time == "tick" and chip.tick is not None:
        return Timing(chip.tick.require("s"), late)
    return Timing(dt, late)
