"""Chips that networks can be mapped onto, by name."""

from __future__ import annotations

from polychrony.hardware.chip import Chip
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


def get_chip(name: str) -> Chip:
    """Chip by name.

    Raises:
        HardwareError: there is no such chip.
    """
    if name not in _CHIPS:
        raise HardwareError(f"no chip is called {name!r}; there are: {', '.join(_CHIPS)}")
    return _CHIPS[name]


__all__ = [
    "DYNAPSE",
    "LOIHI",
    "LOIHI2",
    "ODIN",
    "TRUENORTH",
    "chip_names",
    "get_chip",
    "odin_power",
]
