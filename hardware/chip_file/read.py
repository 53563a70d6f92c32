"""Files into chips."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from polychrony.hardware.chip import Chip
from polychrony.hardware.chip_file.decode import decode_chip
from polychrony.hardware.chip_file.encode import chip_table
from polychrony.hardware.chip_file.extend import with_profiles
from polychrony.hardware.chip_file.node import Node, nodes, perhaps
from polychrony.hardware.chip_file.parse import parse_toml, parse_yaml
from polychrony.hardware.errors import HardwareError

SUFFIXES = (".toml", ".yaml", ".yml")
"""Endings of the names of chip files."""


def _parsed(path: Path) -> Node:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise HardwareError(f"{path}: chip files end in {', '.join(SUFFIXES)}; rename it")
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError as error:
        raise HardwareError(f"{path} does not exist; give the path of a chip file") from error
    except UnicodeDecodeError as error:
        raise HardwareError(f"{path} is no text in UTF-8; save it as such") from error
    except OSError as error:
        raise HardwareError(f"{path} cannot be read: {error.strerror or error}") from error
    return parse_toml(text, str(path)) if suffix == ".toml" else parse_yaml(text, str(path))


def _base(link: Node, path: Path, chips: Mapping[str, Chip], waiting: tuple[Path, ...]) -> Chip:
    name = link.text("extends")
    if name in chips:
        return chips[name]
    if not name.lower().endswith(SUFFIXES):
        link.fail(f"extends is {name!r}; {perhaps(name, chips)}, and paths of chip files")
    other = path.parent / name
    if other.resolve() in waiting:
        link.fail(f"extends is {name!r}, which extends this file; break the ring")
    if not other.is_file():
        link.fail(f"extends is {name!r}, but {other} does not exist")
    return _read(other, chips, waiting)


def _read(path: Path, chips: Mapping[str, Chip], waiting: tuple[Path, ...]) -> Chip:
    root = _parsed(path)
    table = dict(root.table("a chip file"))
    table.setdefault("name", Node(path.stem, root.place))
    base = None
    if "extends" in table:
        link = table.pop("extends")
        base = _base(link, path, chips, (*waiting, path.resolve()))
        if table["name"].value == base.name:
            table["name"].fail(
                f"name is {base.name!r}, the name of the chip it extends; give it one of its own"
            )
    below = None if base is None else nodes(chip_table(base), f"{path}, chip {base.name!r}")
    return decode_chip(with_profiles(below, Node(table, root.place)))


def read_chip(path: str | Path, chips: Mapping[str, Chip]) -> Chip:
    """Read a chip from a file.

    Args:
        path: TOML or YAML file.
        chips: chips that it may extend, by name.

    Returns:
        The chip.

    Raises:
        HardwareError: the file cannot be read, or is no chip; says path, line and what is allowed.
    """
    return _read(Path(path), chips, ())
