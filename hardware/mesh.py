"""Coordinates of tiles on a two-dimensional mesh with dimension-order routing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.ranges import check_whole

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Mesh:
    """Tiles in `columns` x `rows`; tile number = row * columns + column.

    A message first travels east or west to its column, then north or south to its row.

    Args:
        columns: tiles from west to east.
        rows: tiles from south to north.

    Raises:
        HardwareError: there is not at least one of each.
    """

    columns: int
    rows: int

    def __post_init__(self) -> None:
        check_whole("mesh", self, {"columns": 1, "rows": 1})

    @property
    def n_tiles(self) -> int:
        """Number of tiles."""
        return self.columns * self.rows

    def coordinates(self, tile: Any) -> tuple[IntArray, IntArray]:
        """Column and row of tiles.

        Args:
            tile: tile numbers, any shape.

        Returns:
            Columns and rows, in the same shape.

        Raises:
            HardwareError: there is no such tile.
        """
        number = np.asarray(tile, dtype=np.int64)
        if ((number < 0) | (number >= self.n_tiles)).any():
            raise HardwareError(f"tile {tile} lies outside 0 to {self.n_tiles - 1}")
        return number % self.columns, number // self.columns

    def hops(self, source: Any, target: Any) -> tuple[IntArray, IntArray]:
        """Links that messages cross.

        Args:
            source: tile numbers where messages start.
            target: tile numbers where they end; the two shapes broadcast.

        Returns:
            Hops east-west and hops north-south.
        """
        (x0, y0), (x1, y1) = self.coordinates(source), self.coordinates(target)
        return np.abs(x1 - x0), np.abs(y1 - y0)
