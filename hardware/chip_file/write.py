"""Chips into files."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from polychrony.hardware.chip import Chip
from polychrony.hardware.chip_file.encode import chip_table
from polychrony.hardware.errors import HardwareError

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        entries = ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items())
        return f"{{ {entries} }}" if entries else "{}"
    if isinstance(value, list):
        entries = "".join(f"    {_value(inner)},\n" for inner in value)
        return f"[\n{entries}]" if entries else "[]"
    if isinstance(value, bool):
        return str(value).lower()
    return _text(value) if isinstance(value, str) else repr(value)


def _is_inline(value: Any) -> bool:
    if not isinstance(value, dict):
        return True
    small = "unit" in value or len(value) <= 2
    return small and not any(isinstance(inner, dict | list) for inner in value.values())


def _lines(table: dict[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    inline = {key: value for key, value in table.items() if _is_inline(value)}
    if path and (inline or not table):
        yield f"\n[{'.'.join(map(_key, path))}]"
    for key, value in inline.items():
        yield f"{_key(key)} = {_value(value)}"
    for key, value in table.items():
        if key not in inline:
            yield from _lines(value, (*path, key))


def chip_text(chip: Chip, form: str = "toml") -> str:
    """A chip as the text of a chip file.

    Args:
        chip: the chip.
        form: `"toml"` or `"yaml"`.

    Returns:
        The text; reading it gives the same chip.

    Raises:
        HardwareError: there is no such form.
    """
    if form == "toml":
        return "\n".join(_lines(chip_table(chip), ())) + "\n"
    if form in ("yaml", "yml"):
        return str(yaml.safe_dump(chip_table(chip), sort_keys=False, allow_unicode=True, width=100))
    raise HardwareError(f"chip files are .toml, .yaml or .yml, not {form!r}")


def dump_chip(chip: Chip, path: str | Path) -> None:
    """Write a chip to a file, which is whole or not there.

    Args:
        chip: the chip.
        path: file to make or replace; its ending says whether it becomes TOML or YAML.

    Raises:
        HardwareError: its ending is neither, or it cannot be written.
    """
    target = Path(path)
    text = chip_text(chip, target.suffix.lower().removeprefix("."))
    temporary = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        temporary = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.chmod(0o644)
        temporary.replace(target)
    except OSError as error:
        raise HardwareError(
            f"{target} cannot be written: {error.strerror or error}; choose another place"
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
