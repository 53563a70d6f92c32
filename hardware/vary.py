"""A chip with other numbers than its own, for asking what these would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mesh import Mesh

_PARTS = ("router", "numbers")
_KINDS = (int, bool, Mesh)
# What the other numbers mean depends on these, so that another value makes another chip.
_FIXED = ("time", "delay_of", "levels", "readable_potential")


def _can_vary(name: str, hint: Any) -> bool:
    whole_or_none = set(get_args(hint)) == {int, NoneType}
    return name not in _FIXED and (hint in _KINDS or whole_or_none or get_origin(hint) is Literal)


def variables(chip: Chip) -> dict[str, Any]:
    """Numbers and choices of a chip, its arithmetic and its routers that can be varied.

    Args:
        chip: the chip.

    Returns:
        Type of each by its name: a whole number, one or None, a truth value, a `Mesh`, or some
        words.
    """
    found = {}
    for held in (chip, *(getattr(chip, part) for part in _PARTS)):
        hints = get_type_hints(type(held))
        names = (field.name for field in fields(held))
        found.update({name: hints[name] for name in names if _can_vary(name, hints[name])})
    return found


def _shown(value: Any) -> str:
    if isinstance(value, Mesh):
        return f"{value.columns} x {value.rows}"
    return "none" if value is None else str(value)


def vary(chip: Chip, values: Mapping[str, Any]) -> Chip:
    """Give a chip other numbers; what events cost stays as it is published for the chip.

    Args:
        chip: the chip.
        values: new values by the names of `variables`.

    Returns:
        The chip that would be, whose sources say what was changed.

    Raises:
        HardwareError: there is no such name, or the chip cannot have such a value.
    """
    known, sources = variables(chip), dict(chip.sources)
    changes: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        if name not in known:
            raise HardwareError(f"{name!r} of {chip.name} cannot be varied")
        part = next((part for part in _PARTS if hasattr(getattr(chip, part), name)), "")
        own = getattr(getattr(chip, part) if part else chip, name)
        changes.setdefault(part, {})[name] = value
        if value != own:
            sources[name] = f"assumed: varied, {chip.name} has {_shown(own)}"
    whole = changes.pop("", {})
    inner = {part: replace(getattr(chip, part), **new) for part, new in changes.items()}
    return replace(chip, **whole, **inner, sources=sources)
