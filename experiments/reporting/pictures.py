"""Figures of the page as files."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from polychrony.experiments.files import write_atomically
from polychrony.experiments.reporting.plots import (
    accuracy,
    energy,
    floor_picture,
    latency,
    pareto,
    raster,
)

_PICTURES: dict[str, Callable[[Any], Figure | None]] = {
    "accuracy": accuracy.picture,
    "raster": raster.picture,
    "latency": latency.picture,
    "floor-plan": floor_picture.picture,
    "energy": energy.picture,
    "pareto": pareto.picture,
}


def save_pictures(content: Any, folder: Path) -> list[Path]:
    """Draw every figure that the content has, as PNG and as SVG.

    Args:
        content: what `gather` returns.
        folder: where they go; it is made if missing.

    Returns:
        The files written.

    Raises:
        UserError: they cannot be written.
    """
    written = []
    for name, draw in _PICTURES.items():
        figure = draw(content)
        if figure is None:
            continue
        FigureCanvasAgg(figure)
        for kind in ("png", "svg"):
            path = folder / f"{name}.{kind}"
            write_atomically(path, partial(figure.savefig, format=kind, dpi=150))
            written.append(path)
    return written
