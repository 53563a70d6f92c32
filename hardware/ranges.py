"""Checks of whole numbers that a user may give."""

from __future__ import annotations

from collections.abc import Mapping

from polychrony.hardware.errors import HardwareError


def check_whole(owner: str, held: object, least: Mapping[str, int], none: str = "") -> None:
    """Refuse fields that are no whole numbers, or too small.

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
