"""Where cores and links lie on a drawing of the chip."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_BOX = 0.62  # side of a tile's box, in distances between tiles
_LEAST = (6, 3)  # columns and rows that are shown, at least, where the chip has them
_LANE = 0.09  # from the middle of a link to each of its two directions


@dataclass(frozen=True)
class Grid:
    """Tiles one unit apart; the cores of a tile fill a square around its place.

    Args:
        columns: tiles from west to east.
        rows: tiles from south to north.
        cores_per_tile: cores of each.
    """

    columns: int
    rows: int
    cores_per_tile: int

    @property
    def side(self) -> int:
        """Cores along an edge of a tile."""
        return math.isqrt(self.cores_per_tile - 1) + 1

    def edges(self, tiles: int) -> FloatArray:
        """Edges of the cells along an axis: the cores of a tile, then the gap to the next."""
        inner = np.linspace(-_BOX / 2, _BOX / 2, self.side + 1)
        return np.asarray((np.arange(tiles)[:, None] + inner).reshape(-1))

    def cells(self, values: Mapping[tuple[int, int], float]) -> list[list[float | None]]:
        """Values of cores as rows of cells, with None in gaps and where there is no value.

        Args:
            values: by tile and place within the tile.
        """
        pitch = self.side + 1
        cells: list[list[float | None]] = [
            [None] * (self.columns * pitch - 1) for _ in range(self.rows * pitch - 1)
        ]
        for (tile, place), value in values.items():
            row, column = divmod(tile, self.columns)
            up, right = divmod(place, self.side)
            cells[row * pitch + up][column * pitch + right] = value
        return cells

    def segment(self, source: int, target: int) -> tuple[float, float, float, float]:
        """Ends of a link between neighbours, x0, y0, x1, y1, on the right-hand lane."""
        row, column = divmod(source, self.columns)
        other_row, other_column = divmod(target, self.columns)
        right, up = other_column - column, other_row - row
        reach = _BOX / 2
        x, y = column + _LANE * up, row - _LANE * right
        far = 1 - reach
        return x + reach * right, y + reach * up, x + far * right, y + far * up


def grid_of(content: Any) -> Grid:
    """The grid of the page's chip."""
    chip = content["record"]["chip"]
    return Grid(chip["columns"], chip["rows"], chip["cores_per_tile"])


def places(content: Any) -> list[tuple[dict[str, Any], tuple[int, int]]]:
    """Cores in use with their tile and their place within it."""
    taken: dict[int, int] = {}
    found = []
    for core in content["record"]["cores"]:
        if core["core"] is None:
            continue
        place = taken.get(core["tile"], 0)
        taken[core["tile"]] = place + 1
        found.append((core, (core["tile"], place)))
    return found


def used_part(content: Any) -> tuple[float, float, float, float]:
    """West, east, south and north of what is in use, with a margin."""
    grid, record = grid_of(content), content["record"]
    tiles = {core["tile"] for core in record["cores"]} | {record["chip"]["io_tile"]}
    tiles |= {link[end] for link in record["links"] for end in ("source", "target")}
    west, east = _ends([tile % grid.columns for tile in tiles], grid.columns, _LEAST[0])
    south, north = _ends([tile // grid.columns for tile in tiles], grid.rows, _LEAST[1])
    return west - 0.6, east + 0.6, south - 0.6, north + 0.6


def _ends(used: list[int], tiles: int, least: int) -> tuple[int, int]:
    """First and last place along an axis, so far apart that what is in use has surroundings."""
    first, last = min(used), max(used)
    last = min(tiles - 1, max(last, first + least - 1))
    return max(0, min(first, last - least + 1)), last


def host_mark(content: Any) -> tuple[float, float]:
    """Where the mark of the tile stands at which the host sends: beside its cores."""
    row, column = divmod(content["record"]["chip"]["io_tile"], content["record"]["chip"]["columns"])
    return column - 0.45, float(row)
