"""Metrics of a network that does nothing: its size and its zeros."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy.typing as npt
from torch import nn

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.neurobench.layers import connections
from polychrony.hardware.neurobench.matrix import Matrix
from polychrony.snn.graph import NetworkGraph

Array = npt.NDArray[Any]
_BYTES = 4  # of a float32, or of a delay in int32


@dataclass(frozen=True)
class Static:
    """Size of a network and zeros in it.

    Args:
        parameters: number of parameters.
        footprint: bytes of parameters and buffers.
        zeros: weights that are 0.
        weights: weights.
    """

    parameters: int
    footprint: int
    zeros: int
    weights: int

    @property
    def connection_sparsity(self) -> float:
        """Share of weights that are 0, to four decimals."""
        return round(self.zeros / self.weights, 4)

    def to_dict(self) -> dict[str, float]:
        """Plain values under NeuroBench's keys."""
        return {
            "ParameterCount": self.parameters,
            "Footprint": self.footprint,
            "ConnectionSparsity": self.connection_sparsity,
        }


def static_of_module(network: nn.Module) -> Static:
    """Size of a torch network and zeros in its linear and convolutional layers.

    Buffers of neurons that hold their state grow with the batch, so this is for a network that has
    not run yet.

    Args:
        network: the network.

    Raises:
        HardwareError: it has no such layers, or others with weights that are not counted.
    """
    layers = connections(network)
    if not layers:
        raise HardwareError("the network has no linear or convolutional layers to count")
    held = list(network.parameters())
    return Static(
        parameters=sum(p.numel() for p in held),
        footprint=sum(x.numel() * x.element_size() for x in (*held, *network.buffers())),
        zeros=sum(int((layer.weight == 0).sum()) for layer in layers),
        weights=sum(layer.weight.numel() for layer in layers),
    )


class NeuronParameters(NamedTuple):
    """Numbers that the populations of a graph hold beside their synapses."""

    biases: list[Array]
    """Of each population that has any, [N]."""
    buffers: list[Array]
    """Decays and thresholds, one of each for a population that shares it."""


def parameters_of(graph: NetworkGraph) -> NeuronParameters:
    """Numbers that the populations of a graph hold."""
    biases, buffers = [], []
    for population in graph:
        if population.bias.any():
            biases.append(population.bias)
        held = {"lif": (population.decay, population.v_threshold), "li": (population.decay,)}
        buffers += [_shared(values) for values in held.get(population.kind, ())]
    return NeuronParameters(biases, buffers)


def static_of_graph(graph: NetworkGraph, matrices: Iterable[Matrix] | None = None) -> Static:
    """Size of a graph and zeros in it, see `GraphAccount`.

    Parameters are weights, delays where a projection has any, and biases where a population has
    any; decays and thresholds are buffers.

    Args:
        graph: the network.
        matrices: its projections as matrices, if they are known.

    Raises:
        HardwareError: it has no synapses.
    """
    found = [Matrix.of(graph, p) for p in graph.projections] if matrices is None else list(matrices)
    weights = sum(matrix.weights for matrix in found)
    if not weights:
        raise HardwareError("the network has no synapses to count")
    held = parameters_of(graph)
    delays = sum(matrix.weights for matrix in found if matrix.delayed)
    parameters = weights + delays + sum(x.size for x in held.biases)
    footprint = _BYTES * (parameters + sum(x.size for x in held.buffers))
    return Static(parameters, footprint, weights - sum(m.synapses for m in found), weights)


def _shared(values: Array) -> Array:
    """Values, or the one value that all share."""
    return values[:1] if (values == values[0]).all() else values
