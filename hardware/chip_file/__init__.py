"""A user's own chip, written in TOML or YAML."""

from __future__ import annotations

from polychrony.hardware.chip_file.read import SUFFIXES, read_chip
from polychrony.hardware.chip_file.write import chip_text, dump_chip

__all__ = ["SUFFIXES", "chip_text", "dump_chip", "read_chip"]
