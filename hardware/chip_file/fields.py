"""Values of a file into fields, by the types that the fields declare."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from polychrony.hardware.chip_file.encode import NONE
from polychrony.hardware.chip_file.node import Node, check_keys, perhaps, shown
from polychrony.hardware.errors import HardwareError

Reader = Callable[[Node, str], Any]
Readers = Mapping[Any, Reader]
"""What reads the types that have a form of their own in a file."""


def number(node: Node, what: str, otherwise: str = "") -> float:
    """A finite number.

    Args:
        node: the value.
        what: what it is, for messages.
        otherwise: what else is allowed, for messages.

    Returns:
        The number.

    Raises:
        HardwareError: the value is none.
    """
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        hint = ""
        if isinstance(node.value, str) and re.fullmatch(r"[\d.]+[eE][+-]?\d+", node.value):
            hint = "; write it with a point and a sign, as 1.0e-3, without quotes"
        node.fail(f"{what} is {shown(node)}, allowed is a number{otherwise}{hint}")
    if not math.isfinite(node.value):
        node.fail(f"{what} is {node.value}, allowed is a finite number")
    return float(node.value)


def _whole(node: Node, what: str) -> int:
    if isinstance(node.value, bool) or not isinstance(node.value, int):
        node.fail(f"{what} is {shown(node)}, allowed is a whole number")
    return int(node.value)


def _truth(node: Node, what: str) -> bool:
    if not isinstance(node.value, bool):
        node.fail(f"{what} is {shown(node)}, allowed are true and false, without quotes")
    return node.value


def choice(node: Node, what: str, allowed: tuple[str, ...]) -> str:
    """One of some words.

    Raises:
        HardwareError: the value is none of them.
    """
    if node.value not in allowed:
        node.fail(f"{what} is {shown(node)}; {perhaps(str(node.value), allowed)}")
    return str(node.value)


_SIMPLE: dict[Any, Reader] = {
    int: _whole,
    float: number,
    bool: _truth,
    str: lambda node, what: node.text(what),
}


def _optional(hint: Any, node: Node, what: str, readers: Readers) -> Any:
    if node.value is None or node.value == NONE:
        return None
    (inner,) = (part for part in get_args(hint) if part is not NoneType)
    if inner is int and not isinstance(node.value, int):
        node.fail(f'{what} is {shown(node)}, allowed is a whole number, or "{NONE}" for no limit')
    return decode(inner, node, what, readers)


def decode(hint: Any, node: Node, what: str, readers: Readers) -> Any:
    """Read one value.

    Args:
        hint: type that is wanted.
        node: the value.
        what: name of the field, for messages.
        readers: what reads types with a form of their own.

    Returns:
        An instance of the type.

    Raises:
        HardwareError: the value does not fit.
    """
    origin = get_origin(hint)
    if hint in readers:
        return readers[hint](node, what)
    if hint in _SIMPLE:
        return _SIMPLE[hint](node, what)
    if origin in (Union, UnionType):
        return _optional(hint, node, what, readers)
    if origin is Literal:
        return choice(node, what, get_args(hint))
    if origin is tuple:
        inner = get_args(hint)[0]
        return tuple(
            decode(inner, item, f"an entry of {what}", readers) for item in node.items(what)
        )
    if is_dataclass(hint) and isinstance(hint, type):
        return decode_fields(hint, node, what, readers)
    _, inner = get_args(hint)
    return {key: decode(inner, item, key, readers) for key, item in node.table(what).items()}


def decode_fields(
    made: type[Any],
    node: Node,
    what: str,
    readers: Readers,
    given: Mapping[str, Any] | None = None,
    absent: Mapping[str, Any] | None = None,
) -> Any:
    """Read a table into a dataclass.

    Args:
        made: the dataclass.
        node: the table.
        what: what it describes, for messages.
        readers: what reads types with a form of their own.
        given: fields that are known, and take no key.
        absent: values of fields whose keys may be missing, beside the defaults of the class.

    Returns:
        An instance of the dataclass.

    Raises:
        HardwareError: a key means nothing, is missing, or its value does not fit.
    """
    table, known, hints = node.table(what), dict(given or {}), get_type_hints(made)
    wanted = [field for field in fields(made) if field.name not in known]
    check_keys(table, (field.name for field in wanted), what)
    known.update(absent or {})
    missing = [
        field.name
        for field in wanted
        if field.name not in table
        and field.name not in known
        and field.default is MISSING
        and field.default_factory is MISSING
    ]
    if missing:
        node.fail(f"{what} says nothing about {', '.join(missing)}; give {_each(missing)} a value")
    for key, entry in table.items():
        known[key] = decode(hints[key], entry, key, readers)
    return build(made, known, node)


def _each(names: list[str]) -> str:
    return "each of them" if len(names) > 1 else "it"


def build(made: Callable[..., Any], values: Mapping[str, Any], node: Node) -> Any:
    """Make an instance; what it refuses is told with the line of the key at fault.

    Args:
        made: the class.
        values: its fields.
        node: the table from which they come.

    Returns:
        The instance.

    Raises:
        HardwareError: the fields do not go together.
    """
    try:
        return made(**values)
    except HardwareError as error:
        text, fault = str(error), node
        table = node.value if isinstance(node.value, dict) else {}
        named = [key for key in table if re.search(rf"\b{re.escape(key)}\b", text)]
        if named:
            fault = table[min(named, key=text.index)]
        raise HardwareError(f"{fault.place}: {text}") from error
