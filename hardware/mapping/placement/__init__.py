"""Choose the tile of each core."""

from __future__ import annotations

from polychrony.hardware.mapping.placement.objective import distance, objective
from polychrony.hardware.mapping.placement.place import METHODS, PlacementResult, place
from polychrony.hardware.mapping.placement.problem import PlacementProblem

__all__ = [
    "METHODS",
    "PlacementProblem",
    "PlacementResult",
    "distance",
    "objective",
    "place",
]
