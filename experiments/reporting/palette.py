"""Marks that differ in brightness and in shape, so that nothing depends on seeing colours."""

from __future__ import annotations

from matplotlib import colormaps
from matplotlib.colors import to_hex

PATTERNS = ("", "/", "x", "-", "|", "+", ".", "\\")
"""Patterns of bars, for plotly; matplotlib takes the same."""


def shades(count: int) -> list[str]:
    """Colours of cividis from dark to light, as hexadecimal text."""
    steps = max(1, count - 1)
    return [to_hex(colormaps["cividis"](0.1 + 0.8 * index / steps)) for index in range(count)]


def patterns(count: int) -> list[str]:
    """A pattern for each of so many kinds of bars."""
    return [PATTERNS[index % len(PATTERNS)] for index in range(count)]
