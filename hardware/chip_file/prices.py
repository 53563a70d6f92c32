"""Quantities, costs and profiles of a file."""

from __future__ import annotations

from typing import Any, get_args

from polychrony.hardware.chip_file.encode import NONE, UNKNOWN
from polychrony.hardware.chip_file.fields import (
    Readers,
    choice,
    decode,
    decode_fields,
    number,
)
from polychrony.hardware.chip_file.node import Node, check_keys, shown
from polychrony.hardware.profile import COMPONENTS, Barrier, Cost, Profile
from polychrony.hardware.quantity import UNITS, Evidence, Quantity, Scope

_KEYS = ("value", "unit", "source", "evidence", "voltage", "scope", "name")
_SCOPES: dict[str, Scope] = {"static_power": "static", "all_in": "all-in"}
_HOW = (
    'a number needs its unit, its source and how it came about, as { value = 23.6, unit = "pJ", '
    'source = "data sheet, table 2", evidence = "measured", voltage = 0.75 }'
)


def _amount(node: Node | None, what: str) -> float | None:
    if node is None or node.value in (None, UNKNOWN):
        return None
    amount = number(node, f"value of {what}", f', or "{UNKNOWN}"')
    if amount < 0:
        node.fail(f"value of {what} is {amount:g}, allowed are numbers from 0")
    return amount


def _voltage(node: Node | None, what: str) -> float | None:
    if node is None or node.value in (None, NONE, UNKNOWN):
        return None
    volts = number(node, f"voltage of {what}")
    if volts <= 0:
        node.fail(f"voltage of {what} is {volts:g} V, allowed are numbers above 0")
    return volts


def read_quantity(
    node: Node,
    what: str,
    unit: str | None = None,
    scopes: tuple[str, ...] = get_args(Scope),
) -> Quantity:
    """A number with its unit and source.

    Args:
        node: the table.
        what: what the number is, for messages.
        unit: base unit that is wanted; any without one.
        scopes: scopes that are allowed.

    Returns:
        The quantity.

    Raises:
        HardwareError: a part is missing or not what it must be.
    """
    if not isinstance(node.value, dict):
        node.fail(f"{what} is {shown(node)}; {_HOW}")
    table = node.table(what)
    check_keys(table, _KEYS, what)
    value = _amount(table.get("value"), what)
    needed = ("unit", "source") if value is None else ("unit", "source", "evidence")
    missing = [key for key in needed if key not in table]
    if missing:
        node.fail(f"{what} has no {' and no '.join(missing)}; {_HOW}")
    units = tuple(name for name, (base, _) in UNITS.items() if unit in (None, base))
    choices = {"unit": units, "evidence": get_args(Evidence), "scope": scopes}
    stated: dict[str, Any] = {"evidence": "unverified", "scope": _SCOPES.get(what, "per-event")}
    for key in choices.keys() & table.keys():
        stated[key] = choice(table[key], f"{key} of {what}", choices[key])
    if "name" in table:
        stated["name"] = table["name"].text("name")
    source = table["source"].text(f"source of {what}")
    voltage = _voltage(table.get("voltage"), what)
    return Quantity(value, source=source, voltage=voltage, **stated)


def _not_given(unit: str, scope: Scope = "per-event") -> Quantity:
    return Quantity(None, unit, "not given in the chip file", "unverified", scope=scope)


_NOTHING = Cost(_not_given("J"), _not_given("s"))


def _read_price(node: Node, what: str, unit: str) -> Quantity:
    return read_quantity(node, what, unit, ("per-event",))


def _read_cost(node: Node, what: str) -> Cost:
    table = node.table(what)
    check_keys(table, ("energy", "latency"), what)
    parts = {"energy": _NOTHING.energy, "latency": _NOTHING.latency}
    for key, unit in (("energy", "J"), ("latency", "s")):
        if key in table:
            parts[key] = _read_price(table[key], f"{key} of {what}", unit)
    return Cost(**parts)


def _read_barrier(node: Node, what: str) -> Barrier:
    table = node.table(what)
    check_keys(table, ("energy", "latency"), what)
    energy = _NOTHING.energy
    if "energy" in table:
        energy = _read_price(table["energy"], f"energy of {what}", "J")
    if "latency" not in table or not table["latency"].items("latency"):
        node.fail(
            f"{what} has no latency; give a list of {{ tiles = 1, value = ..., unit = ..., ... }} "
            f'in ascending order, or write {what} = "{NONE}"'
        )
    steps = [_barrier_step(item, what) for item in table["latency"].items("latency")]
    tiles = [count for count, _ in steps]
    if tiles != sorted(set(tiles)):
        table["latency"].fail(f"tiles of {what} are {tiles}, allowed are numbers that grow")
    return Barrier(energy, tuple(steps))


def _barrier_step(node: Node, what: str) -> tuple[int, Quantity]:
    table = dict(node.table(f"an entry of latency of {what}"))
    if "tiles" not in table:
        node.fail(f"an entry of latency of {what} says nothing about tiles; say how many take part")
    tiles: int = decode(int, table.pop("tiles"), "tiles", {})
    return tiles, _read_price(Node(table, node.place), f"latency of {what}", "s")


_PARTS: Readers = {Quantity: read_quantity, Cost: _read_cost, Barrier: _read_barrier}


def read_profiles(node: Node, what: str) -> tuple[Profile, ...]:
    """Profiles by their names; what a profile leaves out is unknown.

    Args:
        node: the table.
        what: its name, for messages.

    Returns:
        The profiles, in the order of the file.

    Raises:
        HardwareError: a number is not what it must be, or does not go with the others.
    """
    return tuple(_read_profile(entry, name) for name, entry in node.table(what).items())


def _read_profile(node: Node, name: str) -> Profile:
    absent: dict[str, Any] = dict.fromkeys(COMPONENTS, _NOTHING)
    absent |= {"barrier": None, "static_power": _not_given("W", "static")}
    profile: Profile = decode_fields(
        Profile, node, f"profile {name!r}", _PARTS, {"name": name}, absent
    )
    return profile
