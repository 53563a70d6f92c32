"""Values of a file with the places where they stand, and complaints about them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from polychrony.hardware.errors import HardwareError


@dataclass(frozen=True)
class Node:
    """A value and where it was read.

    Args:
        value: text, number, truth value or None; or a dict or list of nodes.
        place: file and line, as `mine.toml:12`.
    """

    value: Any
    place: str

    def fail(self, text: str) -> NoReturn:
        """Complain about this value.

        Raises:
            HardwareError: always.
        """
        raise HardwareError(f"{self.place}: {text}")

    def table(self, what: str) -> dict[str, Node]:
        """Entries of a table.

        Raises:
            HardwareError: the value is none.
        """
        if not isinstance(self.value, dict):
            self.fail(f"{what} is {shown(self)}, allowed is a table of names and values")
        return self.value

    def items(self, what: str) -> list[Node]:
        """Entries of a list.

        Raises:
            HardwareError: the value is none.
        """
        if not isinstance(self.value, list):
            self.fail(f"{what} is {shown(self)}, allowed is a list in brackets")
        return self.value

    def text(self, what: str) -> str:
        """A text that is not empty.

        Raises:
            HardwareError: the value is none.
        """
        if not isinstance(self.value, str) or not self.value.strip():
            self.fail(f"{what} is {shown(self)}, allowed is a text that is not empty, in quotes")
        return self.value


def shown(node: Node) -> str:
    """A value as a message names it."""
    if isinstance(node.value, dict):
        return "a table"
    if isinstance(node.value, list):
        return "a list"
    if isinstance(node.value, bool):
        return str(node.value).lower()
    return "empty" if node.value is None else repr(node.value)


def nodes(value: Any, place: str) -> Node:
    """Nodes of plain values that all stand in one place."""
    if isinstance(value, dict):
        return Node({key: nodes(inner, place) for key, inner in value.items()}, place)
    if isinstance(value, list):
        return Node([nodes(inner, place) for inner in value], place)
    return Node(value, place)


def perhaps(word: str, known: Iterable[str]) -> str:
    """Names that exist, the one that was perhaps meant first."""
    names = list(known)
    folded = {name.lower(): name for name in names}
    close = difflib.get_close_matches(word.lower(), folded, n=1)
    meant = f"did you mean {folded[close[0]]!r}? " if close else ""
    return f"{meant}allowed are {', '.join(names)}"


def check_keys(table: dict[str, Node], allowed: Iterable[str], what: str) -> None:
    """Refuse a key that means nothing.

    Raises:
        HardwareError: there is one.
    """
    names = list(allowed)
    for key, node in table.items():
        if key not in names:
            node.fail(f"{what} has no {key!r}; {perhaps(key, names)}")
