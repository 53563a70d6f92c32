"""A chip as plain tables, lists, texts and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from polychrony.hardware.chip import Chip
from polychrony.hardware.numbers import AnalogNumbers, AxonTypeNumbers, NumberFormat
from polychrony.hardware.profile import Barrier, Cost, LearningCosts, Profile
from polychrony.hardware.quantity import Quantity

NONE = "none"
"""What stands in a file for None where that means no limit, or that there is no such thing."""

UNKNOWN = "unknown"
"""What stands in a file for a value that nobody has published."""

KINDS = {"mantissas": NumberFormat, "axon_types": AxonTypeNumbers, "analog": AnalogNumbers}
"""Arithmetics by the name that `numbers.kind` gives them."""

_DEFAULT_NAME = "quantity"


def quantity_table(quantity: Quantity, named: bool = True) -> dict[str, Any]:
    """A quantity as a table.

    Args:
        quantity: the quantity.
        named: whether its name belongs to it, and is no mere label of its place.

    Returns:
        Its fields; a voltage that is not stated is left out.
    """
    table: dict[str, Any] = {
        "value": UNKNOWN if quantity.value is None else quantity.value,
        "unit": quantity.unit,
        "source": quantity.source,
        "evidence": quantity.evidence,
    }
    if quantity.voltage is not None:
        table["voltage"] = quantity.voltage
    table["scope"] = quantity.scope
    if named and quantity.name != _DEFAULT_NAME:
        table["name"] = quantity.name
    return table


def _barrier(barrier: Barrier) -> dict[str, Any]:
    latency = [{"tiles": tiles, **quantity_table(q)} for tiles, q in barrier.latency]
    return {"energy": quantity_table(barrier.energy, named=False), "latency": latency}


def _cost(cost: Cost) -> dict[str, Any]:
    parts = {"energy": cost.energy, "latency": cost.latency}
    return {name: quantity_table(quantity, named=False) for name, quantity in parts.items()}


def profile_table(profile: Profile) -> dict[str, Any]:
    """A profile as a table, without its name."""
    table: dict[str, Any] = {}
    for field in fields(profile):
        value = getattr(profile, field.name)
        if field.name == "name":
            continue
        if isinstance(value, Barrier):
            table[field.name] = _barrier(value)
        elif isinstance(value, Quantity):
            table[field.name] = quantity_table(value, named=False)
        elif isinstance(value, Cost):
            table[field.name] = _cost(value)
        elif isinstance(value, LearningCosts):
            table[field.name] = {name: _cost(cost) for name, cost in value.costs().items()}
        else:
            table[field.name] = _plain(value)
    return table


def _plain(value: Any) -> Any:
    if value is None:
        return NONE
    if isinstance(value, Quantity):
        return quantity_table(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value


def chip_table(chip: Chip) -> dict[str, Any]:
    """A chip as a table, whole: nothing is left to defaults.

    Args:
        chip: the chip.

    Returns:
        Tables, lists, texts, numbers and truth values, in the order of the fields.
    """
    table: dict[str, Any] = {}
    for field in fields(chip):
        value = getattr(chip, field.name)
        if field.name == "profiles":
            table["profiles"] = {profile.name: profile_table(profile) for profile in chip.profiles}
        elif field.name == "numbers":
            kind = next(name for name, made in KINDS.items() if isinstance(value, made))
            table["numbers"] = {"kind": kind, **_plain(value)}
        else:
            table[field.name] = _plain(value)
    return table
