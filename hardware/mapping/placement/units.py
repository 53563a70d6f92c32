"""Cores that move as one, and the messages between such units."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from polychrony.hardware.mesh import Mesh

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


class Units(NamedTuple):
    """Groups of cores as compiled loops read them.

    The way back costs what the way there costs, so both directions of traffic stand in one
    symmetric matrix in compressed rows, without its diagonal.

    Args:
        size: cores of each unit, [U].
        start: begin of each row, [U + 1].
        other: the unit at the other end, [E].
        weight: messages per inference between the two, both directions, [E].
        host: messages per inference from the host to each unit, [U].
        columns: tiles from west to east.
        rows: tiles from south to north.
        capacity: cores that one tile holds.
        io_tile: tile at which the host's messages enter.
        east_west: cost of a hop between columns.
        north_south: cost of a hop between rows.
    """

    size: IntArray
    start: IntArray
    other: IntArray
    weight: FloatArray
    host: FloatArray
    columns: int
    rows: int
    capacity: int
    io_tile: int
    east_west: float
    north_south: float


def gather(
    traffic: Any,
    host: FloatArray,
    unit_of_core: IntArray,
    *,
    mesh: Mesh,
    capacity: int,
    io_tile: int,
    costs: tuple[float, float],
) -> Units:
    """Sum the messages of cores over the units to which they belong.

    Args:
        traffic: messages per inference from core to core, sparse [C, C].
        host: messages per inference from the host to each core, [C].
        unit_of_core: unit of each core, [C], numbered from 0 without gaps.
        mesh: the tiles.
        capacity: cores that one tile holds.
        io_tile: tile at which the host's messages enter.
        costs: cost of a hop east-west and of a hop north-south.

    Returns:
        The units.
    """
    size = np.bincount(unit_of_core)
    n, n_cores = len(size), len(unit_of_core)
    belongs = sparse.csr_array(
        (np.ones(n_cores), (unit_of_core, np.arange(n_cores))), shape=(n, n_cores)
    )
    between = sparse.coo_array(belongs @ traffic @ belongs.T)
    kept = (between.row != between.col) & (between.data > 0)
    row, column, weight = between.row[kept], between.col[kept], between.data[kept]
    one_way = sparse.coo_array((weight, (row, column)), shape=(n, n))
    both = sparse.csr_array(one_way + one_way.T)
    both.sort_indices()
    return Units(
        size=size.astype(np.int64),
        start=both.indptr.astype(np.int64),
        other=both.indices.astype(np.int64),
        weight=both.data.astype(np.float64),
        host=np.bincount(unit_of_core, weights=host).astype(np.float64),
        columns=mesh.columns,
        rows=mesh.rows,
        capacity=int(capacity),
        io_tile=int(io_tile),
        east_west=float(costs[0]),
        north_south=float(costs[1]),
    )
