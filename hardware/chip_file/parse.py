"""Texts in TOML and YAML into values that know their lines."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import yaml

from polychrony.hardware.chip_file.node import Node
from polychrony.hardware.chip_file.toml_lines import Path, key_lines
from polychrony.hardware.errors import HardwareError


def parse_toml(text: str, file: str) -> Node:
    """Read TOML.

    Args:
        text: the text.
        file: its name, for messages.

    Returns:
        The table that it holds.

    Raises:
        HardwareError: it is no TOML.
    """
    try:
        plain = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason = re.sub(r" \(at .*\)$", "", str(error))
        stated = re.search(r"at line (\d+)", str(error))
        line = int(stated[1]) if stated else text.count("\n") + 1
        raise HardwareError(f"{file}:{line}: this is no TOML: {reason}") from error
    return _placed(plain, (), key_lines(text), f"{file}:1", file)


def _placed(value: Any, path: Path, lines: dict[Path, int], above: str, file: str) -> Node:
    place = f"{file}:{lines[path]}" if path in lines else above
    if isinstance(value, dict):
        table = {k: _placed(v, (*path, k), lines, place, file) for k, v in value.items()}
        return Node(table, place)
    if isinstance(value, list):
        return Node(
            [_placed(v, (*path, i), lines, place, file) for i, v in enumerate(value)], place
        )
    return Node(value, place)


def parse_yaml(text: str, file: str) -> Node:
    """Read YAML.

    Args:
        text: the text.
        file: its name, for messages.

    Returns:
        What it holds.

    Raises:
        HardwareError: it is no YAML, or has a key twice.
    """
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return Node({}, f"{file}:1")
        return _converted(root, loader, f"{file}:1", file, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise HardwareError(f"{file}:{line}: this is no YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise HardwareError(f"{file}:1: this is no YAML: {error}") from error
    finally:
        loader.dispose()


def _converted(
    node: yaml.Node, loader: yaml.SafeLoader, place: str, file: str, above: tuple[yaml.Node, ...]
) -> Node:
    if node in above:
        raise HardwareError(f"{place}: the value holds itself; write it out without a reference")
    chain = (*above, node)
    if isinstance(node, yaml.MappingNode):
        table: dict[str, Node] = {}
        for key_node, value in node.value:
            key, where = str(key_node.value), f"{file}:{key_node.start_mark.line + 1}"
            if key in table:
                raise HardwareError(f"{where}: {key!r} is given twice; keep one of them")
            table[key] = _converted(value, loader, where, file, chain)
        return Node(table, place)
    if isinstance(node, yaml.SequenceNode):
        places = [f"{file}:{item.start_mark.line + 1}" for item in node.value]
        items = zip(node.value, places, strict=True)
        return Node([_converted(item, loader, at, file, chain) for item, at in items], place)
    try:
        return Node(loader.construct_object(node), place)
    except ValueError as error:
        raise HardwareError(f"{place}: this is no YAML: {error}") from error
