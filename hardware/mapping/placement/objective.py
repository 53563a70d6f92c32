"""How far messages travel under a placement."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.mapping.placement.problem import PlacementProblem

IntArray = npt.NDArray[np.int64]


def distance(problem: PlacementProblem, source: Any, target: Any) -> npt.NDArray[np.float64]:
    """Cost of the way between tiles.

    d(s, t) = cost_east_west * |x_s - x_t| + cost_north_south * |y_s - y_t|

    Args:
        problem: tells the mesh and the cost of a hop.
        source: tile numbers where messages start.
        target: tile numbers where they end; the two shapes broadcast.

    Returns:
        Costs.
    """
    east_west, north_south = problem.mesh.hops(source, target)
    return np.asarray(
        problem.cost_east_west * east_west + problem.cost_north_south * north_south, np.float64
    )


def objective(problem: PlacementProblem, tile: IntArray) -> float:
    """Messages times the way that they travel.

        F = sum_ij traffic_ij * d(tile_i, tile_j) + sum_i host_i * d(io_tile, tile_i)

    Args:
        problem: cores and mesh.
        tile: tile of each core, [C].

    Returns:
        Messages x hops per inference, or joules where a hop costs joules.

    Raises:
        HardwareError: a tile lies outside the mesh.
    """
    messages = problem.traffic.tocoo()
    between = distance(problem, tile[messages.row], tile[messages.col])
    entering = distance(problem, problem.io_tile, tile)
    return float(messages.data @ between + problem.host @ entering)
