"""Errors that a user of the hardware models can cause and mend."""

from __future__ import annotations

from polychrony.hardware.violation import Violation


class HardwareError(ValueError):
    """A network, a chip or a request to the hardware models is not what it must be."""


class UnknownQuantityError(HardwareError):
    """A number is needed that nobody has published."""


class PotentialRangeError(HardwareError):
    """A potential leaves the bits that a chip has for it.

    Args:
        message: where, and what to do.
        population: whose neuron it is.
    """

    def __init__(self, message: str, population: str) -> None:
        super().__init__(message)
        self.population = population


class ChipLimitError(HardwareError):
    """A network exceeds what a chip holds.

    Args:
        violations: every limit that is exceeded.
    """

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        super().__init__("; ".join(str(violation) for violation in violations))
        self.violations = violations
