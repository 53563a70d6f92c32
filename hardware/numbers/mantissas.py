"""Weights as mantissa and exponent, decays and thresholds as integers: Loihi's arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.ranges import check_whole

_LEAST = {
    "weight_bits": 2,
    "exponent_min": -62,
    "exponent_max": -62,
    "unit_bits": 0,
    "weight_limit": 1,
    "state_bits": 1,
    "decay_bits": 1,
    "threshold_bits": 1,
}


@dataclass(frozen=True)
class NumberFormat:
    """Widths of the integers that a core computes with.

    Args:
        weight_bits: bits of a weight with its sign.
        exponent_min: smallest exponent of a weight.
        exponent_max: largest exponent of a weight.
        unit_bits: a mantissa of weight or threshold counts 2^unit_bits units of the potential.
        weight_limit: largest magnitude of mantissa times its power of two, units.
        state_bits: bits of current and potential, without sign.
        decay_bits: a decay is a fraction of 2^decay_bits.
        threshold_bits: bits of a threshold's mantissa.

    Raises:
        HardwareError: a field is out of its range.
    """

    weight_bits: int
    exponent_min: int
    exponent_max: int
    unit_bits: int
    weight_limit: int
    state_bits: int
    decay_bits: int
    threshold_bits: int

    def __post_init__(self) -> None:
        check_whole("numbers", self, _LEAST)
        if self.exponent_max < self.exponent_min:
            raise HardwareError(
                f"numbers: exponent_max is {self.exponent_max}, allowed are whole numbers from "
                f"exponent_min, {self.exponent_min}"
            )
        if self.state_bits + self.decay_bits > 62:
            raise HardwareError(
                f"numbers: state_bits is {self.state_bits} and decay_bits {self.decay_bits}; "
                "together they may be 62 at most, since decays are computed in 64 bits"
            )

    @property
    def unit(self) -> int:
        """Units of potential of one step of a threshold's mantissa."""
        return int(1 << self.unit_bits)

    @property
    def decay_one(self) -> int:
        """The decay that forgets everything in one step."""
        return int(1 << self.decay_bits)

    @property
    def state_max(self) -> int:
        """Largest magnitude of current and potential, units."""
        return int((1 << self.state_bits) - 1)

    @property
    def threshold_max(self) -> int:
        """Largest mantissa of a threshold."""
        return int((1 << self.threshold_bits) - 1)

    @property
    def mantissa_max(self) -> int:
        """Largest mantissa of a weight."""
        return int((1 << (self.weight_bits - 1)) - 1)
