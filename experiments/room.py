"""Co-simulations in which every potential stays in its range."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from polychrony.hardware import PotentialRangeError

Ran = TypeVar("Ran")


def with_room(
    run: Callable[[Mapping[str, int] | None], Ran], told: Callable[[str], object]
) -> tuple[Ran, dict[str, int]]:
    """What a run returns once all potentials stay in range, and the bits that this takes.

    Which potentials occur shows in the run alone. One that leaves its range doubles that of its
    population, at the price of a bit of the weights, and the run begins again.

    Args:
        run: takes the `spare_bits` of `cosimulate`; called until no potential leaves its range.
        told: called with a line each time it begins again.

    Returns:
        The last run, and its `spare_bits`.

    Raises:
        HardwareError: no bits are left to spare, or whatever else the run raises.
    """
    spare_bits: dict[str, int] = {}
    while True:
        try:
            return run(spare_bits or None), spare_bits
        except PotentialRangeError as error:
            name = error.population
            spare_bits[name] = spare_bits.get(name, 0) + 1
            told(
                f"{name}: potentials leave the range of the chip; weights there take "
                f"{spare_bits[name]} of their bits less, and the run begins again"
            )
