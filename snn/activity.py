"""What a network did: spikes per population and step, and the potentials of its readouts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.snn.errors import GraphError
from polychrony.snn.graph import NetworkGraph


@dataclass(frozen=True, eq=False)
class Activity:
    """Spikes and readout potentials of one run.

    Args:
        dt: duration of a step, s.
        spikes: spike counts of each spiking population, uint8 [T, B, N]; neurons fire at most once
            a step, inputs may hold several events in one.
        potentials: membrane potential of each population of kind `"li"`, V, [T, B, N].

    Raises:
        GraphError: the arrays disagree in steps or batch.
    """

    dt: float
    spikes: Mapping[str, npt.NDArray[np.uint8]]
    potentials: Mapping[str, npt.NDArray[np.float32]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        arrays = self._arrays
        shapes = {name: array.shape for name, array in arrays.items()}
        if not shapes:
            raise GraphError("an activity needs at least one population")
        if any(len(shape) != 3 for shape in shapes.values()):
            raise GraphError(f"activity arrays must be [T, B, N], but their shapes are {shapes}")
        if len({shape[:2] for shape in shapes.values()}) > 1:
            raise GraphError(
                f"activity arrays must agree in T and B, but their shapes are {shapes}"
            )

    @property
    def n_steps(self) -> int:
        """Number of steps T."""
        return int(self._first.shape[0])

    @property
    def batch_size(self) -> int:
        """Number of samples B."""
        return int(self._first.shape[1])

    @property
    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {**self.spikes, **self.potentials}

    @property
    def _first(self) -> npt.NDArray[Any]:
        return next(iter(self._arrays.values()))

    def check(self, graph: NetworkGraph) -> None:
        """Raise GraphError unless every array belongs to a population of `graph`."""
        if self.dt != graph.dt:
            raise GraphError(f"the activity has dt = {self.dt} s, the graph {graph.dt} s")
        for name, array in self._arrays.items():
            size = graph[name].size
            if array.shape[2] != size:
                raise GraphError(
                    f"activity of {name!r} has {array.shape[2]} neurons, the population {size}"
                )
