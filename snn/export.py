"""From a torch network to the graph that hardware takes."""

from __future__ import annotations

import copy
from typing import Protocol

from torch import nn

from polychrony.snn.delays.linear import DelayedLinear
from polychrony.snn.delays.recurrent import DelayedRecurrent
from polychrony.snn.errors import SnnError
from polychrony.snn.graph import NetworkGraph, Population
from polychrony.snn.learning.network import BlockNetwork
from polychrony.snn.li import LI
from polychrony.snn.lif import LIF
from polychrony.snn.lowering import bias_of, delayed_projection, lif_population, single
from polychrony.snn.network import SpikingNetwork
from polychrony.snn.quantization.assign import is_quantized
from polychrony.snn.quantization.graph import quantized_graph


def _population(name: str, layer: DelayedLinear, neurons: LIF | LI) -> Population:
    if isinstance(neurons, LIF):
        return lif_population(name, layer.out_features, neurons, layer.bias)
    decay, bias = single(neurons.decay), bias_of(layer.bias)
    return Population(name, layer.out_features, "li", decay=decay, bias=bias)


def _plain(name: str, neurons: nn.Module) -> LIF | LI:
    inner = neurons.neurons if isinstance(neurons, DelayedRecurrent) else neurons
    if not isinstance(inner, LIF | LI):
        raise SnnError(f"{name}: {type(inner).__name__} has no place in a graph; use LIF")
    return inner


class Exportable(Protocol):
    """A network that makes its graph itself, such as `polychrony.snn.learning.BlockNetwork`."""

    def to_graph(self) -> NetworkGraph:
        """The graph."""


def to_graph(network: SpikingNetwork | Exportable) -> NetworkGraph:
    """Graph of a network, with integer delays and batch normalisation folded into the weights.

    Its populations are called `input`, `hidden1`, `hidden2`, ... and `output`. Spikes simulated
    from it equal those of the network after `discretize`, step for step, run without gradients
    where layers are recurrent. Such a layer has a projection to itself, with delays of 1 step and
    more. What a quantized network becomes tells `polychrony.snn.quantization.graph`.

    Args:
        network: the network; it is not changed, and is discretized in a copy where needed.

    Returns:
        The graph.

    Raises:
        SnnError: the network has parts that graphs do not have.
    """
    if isinstance(network, SpikingNetwork | BlockNetwork) and is_quantized(network):
        return quantized_graph(network)
    if not isinstance(network, SpikingNetwork):
        return network.to_graph()
    network = copy.deepcopy(network).discretize()
    layers = network.delayed_layers
    names = ["input", *(f"hidden{k + 1}" for k in range(len(network.blocks))), "output"]
    neurons = [*(block.neurons for block in network.blocks), network.readout]
    populations = [Population("input", layers[0].in_features, "input")]
    projections = []
    for k, (layer, cells) in enumerate(zip(layers, neurons, strict=True)):
        name = names[k + 1]
        projections.append(delayed_projection(names[k], name, layer))
        if isinstance(cells, DelayedRecurrent):
            projections.append(delayed_projection(name, name, cells.synapses, later=1))
        populations.append(_population(name, layer, _plain(name, cells)))
    return NetworkGraph(tuple(populations), tuple(projections), network.dt)
