"""Ways through all tiles of a mesh, and filling tiles along them."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mapping.placement.units import Units
from polychrony.hardware.mesh import Mesh

IntArray = npt.NDArray[np.int64]


def snake(mesh: Mesh) -> IntArray:
    """Row by row, turning at the ends; no step is longer than one hop.

    Args:
        mesh: the tiles.

    Returns:
        Tile numbers in order, [n_tiles].
    """
    rows = np.arange(mesh.n_tiles).reshape(mesh.rows, mesh.columns)
    rows[1::2] = rows[1::2, ::-1].copy()
    return rows.reshape(-1)


def hilbert(mesh: Mesh) -> IntArray:
    """Hilbert's curve through the square around the mesh, without what lies outside the mesh.

    Tiles near each other on the curve lie near each other on the mesh, at every scale.

    Args:
        mesh: the tiles.

    Returns:
        Tile numbers in order, [n_tiles].
    """
    x, y = mesh.coordinates(np.arange(mesh.n_tiles))
    side = 1 << (max(mesh.columns, mesh.rows) - 1).bit_length()
    along = np.zeros_like(x)
    half = side // 2
    while half:
        east, north = (x & half) > 0, (y & half) > 0
        along += half * half * ((3 * east) ^ north)
        mirrored, turned = ~north & east, ~north
        x, y = np.where(mirrored, side - 1 - x, x), np.where(mirrored, side - 1 - y, y)
        x, y = np.where(turned, y, x), np.where(turned, x, y)
        half //= 2
    return np.argsort(along, kind="stable").astype(np.int64)


@numba.njit(cache=True)
def _first_fit(order, path, size, capacity):  # type: ignore[no-untyped-def]
    tile = np.full(len(size), -1, np.int64)
    free = np.full(path.max() + 1, capacity, np.int64)
    begin = 0
    for i in range(len(order)):
        while begin < len(path) and free[path[begin]] == 0:
            begin += 1
        unit = order[i]
        for k in range(begin, len(path)):
            if free[path[k]] >= size[unit]:
                tile[unit] = path[k]
                free[path[k]] -= size[unit]
                break
    return tile


def fill(order: IntArray, path: IntArray, units: Units) -> IntArray:
    """Give each unit the first tile on a path that has room for it.

    Args:
        order: units in the order in which they choose, [U].
        path: tiles in the order in which they are tried.
        units: tells the size of each unit and of a tile.

    Returns:
        Tile of each unit, [U].

    Raises:
        HardwareError: the units do not fit.
    """
    tile = _first_fit(order, path, units.size, units.capacity)
    if (tile < 0).any():
        # Large units first: what is left between them suits the small ones.
        large_first = order[np.argsort(-units.size[order], kind="stable")]
        tile = _first_fit(large_first, path, units.size, units.capacity)
    if (tile < 0).any():
        raise HardwareError(
            f"{units.size.sum()} cores in groups of up to {units.size.max()} do not fit on "
            f"{len(path)} tiles of {units.capacity} cores; use fewer cores or a larger mesh"
        )
    return np.asarray(tile, dtype=np.int64)
