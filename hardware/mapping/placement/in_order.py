"""Placement in the order in which cores are numbered."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from polychrony.hardware.mapping.placement.paths import fill, snake
from polychrony.hardware.mapping.placement.problem import PlacementProblem

IntArray = npt.NDArray[np.int64]


def in_order(problem: PlacementProblem, *, seed: int = 0) -> IntArray:
    """Fill tile after tile along a snake through the mesh, row by row.

    Args:
        problem: cores and mesh.
        seed: without effect; nothing is drawn.

    Returns:
        Tile of each core, [C].
    """
    order = np.arange(len(problem.units.size))
    return fill(order, snake(problem.mesh), problem.units)[problem.unit_of_core]
