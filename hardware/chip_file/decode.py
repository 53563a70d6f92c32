"""A table of a file into a chip."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from polychrony.hardware.chip import Chip
from polychrony.hardware.chip_file.encode import KINDS
from polychrony.hardware.chip_file.fields import Readers, choice, decode_fields
from polychrony.hardware.chip_file.node import Node, check_keys, nodes
from polychrony.hardware.chip_file.prices import read_profiles, read_quantity
from polychrony.hardware.numbers import Numbers
from polychrony.hardware.on_chip_learning import OnChipLearning
from polychrony.hardware.profile import Profile
from polychrony.hardware.quantity import Quantity
from polychrony.hardware.router import Router

_WITHOUT_NUMBER = {
    "name",
    "chips",
    "time",
    "delay_of",
    "numbers",
    "router",
    "readable_potential",
    "profiles",
    "sources",
    "references",
    "assumptions",
    "levels",
    "tick",
    "delays_run_from",
    "learning",
}


def _read_numbers(node: Node, what: str) -> Any:
    table = dict(node.table(what))
    if "kind" not in table:
        node.fail(f"{what} has no kind; say one of {', '.join(KINDS)}")
    kind = KINDS[choice(table.pop("kind"), "kind", tuple(KINDS))]
    return decode_fields(kind, Node(table, node.place), what, {})


_READERS: Readers = {
    Quantity: read_quantity,
    Numbers: _read_numbers,
    tuple[Profile, ...]: read_profiles,
}


def sourced(table: dict[str, Node]) -> list[str]:
    """Names of the numbers of a chip's structure that a table gives.

    Args:
        table: the entries of a chip file.
    """
    names = [field.name for field in fields(Chip) if field.name not in _WITHOUT_NUMBER]
    inner: list[str] = []
    for part in ("numbers", "learning"):
        held = table[part].value if part in table else None
        inner += [key for key in held if key != "kind"] if isinstance(held, dict) else []
    return [name for name in names if name in table] + inner


def _with_sources(table: dict[str, Node], node: Node) -> Node:
    """The table, with a word on every number that comes without a source."""
    given = dict(table["sources"].table("sources")) if "sources" in table else {}
    possible = {field.name for field in fields(Chip)} | {field.name for field in fields(Router)}
    for kind in (*KINDS.values(), OnChipLearning):
        possible |= {field.name for field in fields(kind)}
    check_keys(given, sorted(possible), "sources")
    for name in sourced(table):
        given.setdefault(name, nodes("given without a source", node.place))
    place = table["sources"].place if "sources" in table else node.place
    return Node({**table, "sources": Node(given, place)}, node.place)


def decode_chip(node: Node) -> Chip:
    """Read a chip.

    Args:
        node: the table of a chip file, complete.

    Returns:
        The chip.

    Raises:
        HardwareError: a key means nothing, is missing, or its value does not fit.
    """
    table = node.table("a chip file")
    check_keys(table, [*(field.name for field in fields(Chip)), "extends"], "a chip")
    if "profiles" in table and not table["profiles"].table("profiles"):
        table["profiles"].fail("profiles is empty, allowed is at least one profile")
    chip: Chip = decode_fields(Chip, _with_sources(table, node), "the chip", _READERS)
    return chip
