"""Placement by chance, the yardstick of all others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mapping.placement.problem import PlacementProblem

IntArray = npt.NDArray[np.int64]


def at_random(problem: PlacementProblem, *, seed: int = 0) -> IntArray:
    """Draw a free place for each core, all places with the same probability.

    Large groups draw first, since later they would find no room.

    Args:
        problem: cores and mesh.
        seed: of the draws.

    Returns:
        Tile of each core, [C].

    Raises:
        HardwareError: the draws left no room for a group.
    """
    rng = np.random.default_rng(seed)
    size = problem.units.size
    tile = np.zeros(len(size), np.int64)
    free = np.full(problem.mesh.n_tiles, problem.cores_per_tile)
    for cores in np.unique(size)[::-1]:
        members = np.flatnonzero(size == cores)
        places = rng.permutation(np.repeat(np.arange(len(free)), free // cores))[: len(members)]
        if len(places) < len(members):
            raise HardwareError(
                f"chance left no room for a group of {cores} cores; place in order, or use a "
                "larger mesh"
            )
        tile[members] = places
        free -= cores * np.bincount(places, minlength=len(free))
    return tile[problem.unit_of_core]
