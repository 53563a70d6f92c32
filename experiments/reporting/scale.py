"""Units in which axes are written."""

from __future__ import annotations

from collections.abc import Iterable

_PREFIXES = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p"), (1e-15, "f"))


def prefixed(values: Iterable[float], unit: str) -> tuple[float, str]:
    """Unit in which the largest value is at least 1.

    Args:
        values: in base units.
        unit: the base unit, `"J"` or `"s"`.

    Returns:
        Size of the unit in base units, and its name.
    """
    largest = max(map(abs, values), default=0.0)
    for size, prefix in _PREFIXES:
        if largest >= size:
            return size, prefix + unit
    return 1.0, unit
