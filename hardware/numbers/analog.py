"""Analog neurons with a few weights that a whole core shares: DYNAP-SE's arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.ranges import check_whole


@dataclass(frozen=True)
class AnalogNumbers:
    """What an analog core can set.

    Args:
        synapse_types: types of synapses; all synapses of a type have one weight per core.
        excitatory_types: how many of them raise the potential; the others lower it.
        mismatch: coefficient of variation of weights, time constants and thresholds between
            circuits that are set alike.

    Raises:
        HardwareError: a field is out of its range.
    """

    synapse_types: int
    excitatory_types: int
    mismatch: float

    def __post_init__(self) -> None:
        check_whole("numbers", self, {"synapse_types": 1, "excitatory_types": 0})
        if self.excitatory_types > self.synapse_types:
            raise HardwareError(
                f"numbers: excitatory_types is {self.excitatory_types}, allowed are at most the "
                f"{self.synapse_types} types of synapses"
            )
        if not (math.isfinite(self.mismatch) and self.mismatch >= 0):
            raise HardwareError(
                f"numbers: mismatch is {self.mismatch}, allowed are numbers from 0, as 0.2 for 20 %"
            )
