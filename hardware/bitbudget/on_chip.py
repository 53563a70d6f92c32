"""The account of bits of a network that was put on a chip."""

from __future__ import annotations

from polychrony.hardware.bitbudget.account import BitAccount
from polychrony.hardware.bitbudget.slope import derived_slope, given_slope
from polychrony.hardware.bitbudget.widths import widths_of
from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import HardwareError, UnknownQuantityError
from polychrony.hardware.profile import Profile
from polychrony.hardware.quantity import Quantity
from polychrony.hardware.quantized import QuantizedGraph


def check_bits(chip: Chip, quantize: bool, joules: float | None) -> str | None:
    """Why a run on a chip has no bits to count; None where it has.

    Args:
        chip: the chip.
        quantize: whether the run is in the chip's numbers.
        joules: energy of a bit operation that a user gives, J; None where none is given.

    Raises:
        HardwareError: an energy is given, and is out of its range or has no bits to count.
    """
    why = None if quantize else "real numbers have no width; run in the arithmetic of the chip"
    try:
        widths_of(chip)
    except UnknownQuantityError as error:
        why = why or str(error)
    if joules is not None:
        given_slope(joules)
        if why is not None:
            raise HardwareError(f"an energy of bit operations is given, but {why}")
    return why


def bit_account(quantized: QuantizedGraph, quantize: bool) -> BitAccount | None:
    """Account of what a chip runs; None where it has no bits to count, see `check_bits`."""
    if check_bits(quantized.chip, quantize, None) is not None:
        return None
    return BitAccount.of_chip(quantized)


def slope_on(chip: Chip, profile: Profile, joules: float | None) -> Quantity | None:
    """The k that a user gives, or that of the chip; None where neither is known."""
    if joules is not None:
        return given_slope(joules)
    return derived_slope(profile, widths_of(chip))
