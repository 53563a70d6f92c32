"""Place by a named method, and tell what it gains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mapping.placement.annealing import annealing
from polychrony.hardware.mapping.placement.at_random import at_random
from polychrony.hardware.mapping.placement.greedy import greedy
from polychrony.hardware.mapping.placement.in_order import in_order
from polychrony.hardware.mapping.placement.objective import objective
from polychrony.hardware.mapping.placement.problem import PlacementProblem
from polychrony.hardware.mapping.placement.spectral import spectral
from polychrony.hardware.mapping.placement.swarm import swarm

IntArray = npt.NDArray[np.int64]
Method = Callable[..., IntArray]

METHODS: Mapping[str, Method] = {
    "in_order": in_order,
    "random": at_random,
    "greedy": greedy,
    "spectral": spectral,
    "annealing": annealing,
    "swarm": swarm,
}
"""Every method by name; each takes a problem and a seed, and returns the tile of each core."""

_DRAWS = 8


@dataclass(frozen=True, eq=False)
class PlacementResult:
    """A placement and how it compares.

    Args:
        tile: tile of each core, [C].
        method: name of the method.
        seed: its seed.
        objective_before: messages x hops of the cores in order.
        objective_random: the same, mean of eight seeded random placements.
        objective_after: the same of this placement.
    """

    tile: IntArray
    method: str
    seed: int
    objective_before: float
    objective_random: float
    objective_after: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, without the tiles."""
        return {
            "method": self.method,
            "seed": self.seed,
            "objective": "messages per inference x hops",
            "objective_before": self.objective_before,
            "objective_random": self.objective_random,
            "objective_after": self.objective_after,
        }


def place(
    problem: PlacementProblem, method: str = "annealing", *, seed: int = 0
) -> PlacementResult:
    """Give each core a tile.

    Args:
        problem: cores and mesh.
        method: one of `METHODS`.
        seed: seed of whatever the method draws, and of the random placements it is compared with.

    Returns:
        The tiles, and the objective before and after.

    Raises:
        HardwareError: there is no such method.
    """
    if method not in METHODS:
        raise HardwareError(f"no placement is called {method!r}; there are: {', '.join(METHODS)}")
    tile = METHODS[method](problem, seed=seed)
    draws = [objective(problem, at_random(problem, seed=seed + k)) for k in range(_DRAWS)]
    return PlacementResult(
        tile,
        method,
        seed,
        objective(problem, in_order(problem)),
        float(np.mean(draws)),
        objective(problem, tile),
    )
