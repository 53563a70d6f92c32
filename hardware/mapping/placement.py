"""Choose the tile of each core."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from polychrony.hardware.chip import Chip
from polychrony.hardware.mapping.partition import CoreSlice
from polychrony.snn.graph import NetworkGraph

IntArray = npt.NDArray[np.int64]
Placement = Callable[[NetworkGraph, Sequence[CoreSlice], Chip], IntArray]
"""A rule that gives every slice a tile; at most `chip.cores_per_tile` slices may share one."""


def place_in_order(graph: NetworkGraph, slices: Sequence[CoreSlice], chip: Chip) -> IntArray:
    """Fill tile after tile along a snake through the mesh, row by row.

    Neighbouring layers thus lie side by side, joined by the cheaper hops.

    Args:
        graph: the network.
        slices: one per core, in the order in which spikes flow.
        chip: the chip.

    Returns:
        Tile of each slice.
    """
    mesh = chip.mesh
    rows = np.arange(mesh.n_tiles).reshape(mesh.rows, mesh.columns)
    rows[1::2] = rows[1::2, ::-1].copy()
    return np.repeat(rows.reshape(-1), chip.cores_per_tile)[: len(slices)]
