"""Chips that networks can be mapped onto, by name."""

from __future__ import annotations

from pathlib import Path

from polychrony.hardware.chip import Chip
from polychrony.hardware.chip_file import SUFFIXES, read_chip
from polychrony.hardware.chips.dynapse import DYNAPSE
from polychrony.hardware.chips.loihi import LOIHI
from polychrony.hardware.chips.loihi2 import LOIHI2
from polychrony.hardware.chips.odin import ODIN, odin_power
from polychrony.hardware.chips.truenorth import TRUENORTH
from polychrony.hardware.errors import HardwareError

_CHIPS = {chip.name: chip for chip in (LOIHI, LOIHI2, TRUENORTH, DYNAPSE, ODIN)}


def chip_names() -> tuple[str, ...]:
    """Names that `get_chip` knows."""
    return tuple(_CHIPS)


def load_chip(path: str | Path) -> Chip:
    """Chip from a file in TOML or YAML.

    Args:
        path: the file; it may extend a chip that `get_chip` knows, or another file.

    Returns:
        The chip.

    Raises:
        HardwareError: the file cannot be read, or is no chip; says path, line and what is allowed.
    """
    return read_chip(path, _CHIPS)


def get_chip(name: str | Path) -> Chip:
    """Chip by name, or from a chip file by path.

    Args:
        name: one of `chip_names`, or a path that ends in .toml, .yaml or .yml.

    Returns:
        The chip.

    Raises:
        HardwareError: there is no such chip, or the file is none.
    """
    if str(name) in _CHIPS:
        return _CHIPS[str(name)]
    if str(name).lower().endswith(SUFFIXES):
        return load_chip(name)
    raise HardwareError(
        f"no chip is called {str(name)!r}; there are: {', '.join(_CHIPS)}, and chips of your own "
        "from .toml or .yaml files"
    )


__all__ = [
    "DYNAPSE",
    "LOIHI",
    "LOIHI2",
    "ODIN",
    "TRUENORTH",
    "chip_names",
    "get_chip",
    "load_chip",
    "odin_power",
]
