"""Checks of whole numbers that a user may give."""

from __future__ import annotations

from collections.abc import Mapping

from polychrony.hardware.errors import HardwareError

_MOST = 10**9
_MOST_OF = {"columns": 10_000, "rows": 10_000, "weight_limit": 2**62}
_MOST_MEMORY, _MOST_WIDTH = 10**15, 62


def most(name: str) -> int:
    """Largest value of a field that is believed.

    More of a count than any chip could have is a slip, and would take memory or time without end:
    widths end where 64 bits with sign do.

    Args:
        name: the field.
    """
    if name.endswith("memory_bits"):
        return _MOST_MEMORY
    if name.endswith("_bits") or name.startswith("exponent_"):
        return _MOST_WIDTH
    return _MOST_OF.get(name, _MOST)


def check_whole(owner: str, held: object, least: Mapping[str, int], none: str = "") -> None:
    """Refuse fields that are no whole numbers, too small, or beyond belief (see `most`).

    Args:
        owner: what `held` is, for messages.
        held: the object whose fields are checked.
        least: smallest allowed value of each field that is checked.
        none: what None means where a field may be None; empty where it may not.

    Raises:
        HardwareError: a field is out of its range.
    """
    for name, minimum in least.items():
        value = getattr(held, name)
        if value is None and none:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
            or_none = f", or none ({none})" if none else ""
            raise HardwareError(
                f"{owner}: {name} is {value!r}, allowed are whole numbers from {minimum}{or_none}"
            )
        if value > most(name):
            raise HardwareError(
                f"{owner}: {name} is {value:,}, allowed are at most {most(name):,}; "
                "check the number"
            )
