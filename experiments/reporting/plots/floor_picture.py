"""The floor plan as a picture for a file."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from polychrony.experiments.reporting.palette import shades
from polychrony.experiments.reporting.plots.grid import grid_of, host_mark, places, used_part
from polychrony.experiments.reporting.plots.loads import LOADS, class_name, link_classes


def picture(content: Any) -> Figure:
    """The part in use; cores by energy, or by synaptic operations where no energy is known."""
    grid, cores = grid_of(content), places(content)
    load = LOADS["energy"]
    if not any(load.of(core) for core, _ in cores):
        load = LOADS["operations"]
    west, east, south, north = used_part(content)
    width = 8.0
    height = min(8.0, max(2.0, 6.5 * (north - south) / (east - west))) + 1.5
    figure = Figure(figsize=(width, height), layout="constrained")
    panel = figure.subplots()
    x, y = grid.edges(grid.columns), grid.edges(grid.rows)
    everything = {
        (tile, place): 0.0
        for tile in range(grid.columns * grid.rows)
        for place in range(grid.cores_per_tile)
    }
    unused = np.array(grid.cells(everything), dtype=float)
    panel.pcolormesh(x, y, unused, cmap="Greys", vmin=-1, vmax=8, edgecolors="w")
    values, unit = load.values(core for core, _ in cores)
    placed = {place: value for (_, place), value in zip(cores, values, strict=True)}
    loads = np.array(grid.cells(placed), dtype=float)
    drawn = panel.pcolormesh(
        x, y, np.ma.masked_invalid(loads), cmap="cividis", vmin=0, edgecolors="w"
    )
    figure.colorbar(drawn, ax=panel, label=f"{load.name} ({unit})", shrink=0.8)
    for index, links in enumerate(link_classes(content)):
        ends = [grid.segment(link["source"], link["target"]) for link in links]
        if ends:
            lines = LineCollection(
                [[(a, b), (c, d)] for a, b, c, d in ends],
                linewidths=0.6 + 1.2 * index,
                colors=shades(8)[4 - index],
                label=class_name(index),
            )
            panel.add_collection(lines)
    x_host, y_host = host_mark(content)
    panel.plot(
        [x_host], [y_host], "*", color="w", markeredgecolor="k", label="tile where the host sends"
    )
    panel.set_xlim(west, east)
    panel.set_ylim(south, north)
    panel.set_aspect("equal")
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    panel.set_xlabel("column")
    panel.set_ylabel("row")
    figure.legend(loc="outside lower center", ncols=1, frameon=False, fontsize="small")
    return figure
