"""The synapses of a population taken together, and how far they are off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.quantized import QuantizedProjection
from polychrony.snn.graph import NetworkGraph, Population, Projection
from polychrony.snn.kernels.events import row_pointers

Array = npt.NDArray[Any]


class Synapses(NamedTuple):
    """All synapses of one population, projection by projection.

    Args:
        places: which projections of the graph they are.
        ends: where one ends and the next begins.
        post: target neurons, [S].
        weight: weights, V, float64 [S].
    """

    places: tuple[int, ...]
    ends: Array
    post: Array
    weight: Array

    def parts(self, values: Array) -> Sequence[Array]:
        """Values of each synapse, projection by projection."""
        return np.split(values, self.ends) if self.places else []


class WeightError(NamedTuple):
    """Fields of `QuantizationError` that tell of weights."""

    weight_max: float
    weight_rms: float
    weights_lost: int


def synapses_of(graph: NetworkGraph, name: str) -> Synapses:
    """Gather the synapses that end in a population."""
    places = tuple(i for i, p in enumerate(graph.projections) if p.target == name)
    feeds = [graph.projections[i] for i in places]
    return Synapses(
        places,
        np.cumsum([p.n_synapses for p in feeds])[:-1],
        np.concatenate([np.zeros(0, np.int32), *(p.post for p in feeds)]),
        np.concatenate([np.zeros(0), *(p.weight for p in feeds)]),
    )


def weight_error(population: Population, real: Array, stored: Array) -> WeightError:
    """Compare weights.

    Args:
        population: whose they are.
        real: weights as trained, V, [S].
        stored: weights of the chip, V, [S]; 0 where it holds none.

    Returns:
        Errors as fractions of the largest weight, and the number of weights that became 0.

    Raises:
        HardwareError: there were weights, and none is left.
    """
    if real.any() and not stored.any():
        raise HardwareError(
            f"{population.name}: every weight is lost beside a threshold of "
            f"{population.v_threshold.max():g} V (largest weight {np.abs(real).max():g} V); "
            "lower the threshold or raise the weights"
        )
    off = (stored - real) / (float(np.abs(real).max(initial=0.0)) or 1.0)
    return WeightError(
        weight_max=float(np.abs(off).max(initial=0.0)),
        weight_rms=float(np.sqrt(np.mean(off**2))) if off.size else 0.0,
        weights_lost=int(((stored == 0) & (real != 0)).sum()),
    )


def on_chip(graph: NetworkGraph, chip: Chip) -> tuple[Population, ...]:
    """Populations that run on the chip, in the order of the graph.

    A readout never fires; where the host cannot read potentials, it runs on the host.
    """
    return tuple(
        population
        for population in graph.order()
        if population.kind == "lif" or (population.kind == "li" and chip.readable_potential)
    )


def stored(
    graph: NetworkGraph, projection: Projection, weight: Array, axon_type: Array | None = None
) -> QuantizedProjection:
    """A projection whose synapses have other weights, and perhaps types."""
    return QuantizedProjection(
        projection.source,
        projection.target,
        row_pointers(projection.pre, graph[projection.source].size),
        projection.post,
        projection.delay,
        None,
        weight,
        axon_type,
    )


def all_projections(
    graph: NetworkGraph, done: dict[int, QuantizedProjection]
) -> tuple[QuantizedProjection, ...]:
    """Projections in the order of the graph's; those that are not done keep their real weights."""
    return tuple(
        done[i] if i in done else stored(graph, p, p.weight.astype(np.float64))
        for i, p in enumerate(graph.projections)
    )
