"""From networks of blocks to the graph that hardware takes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from polychrony.snn.delays.linear import DelayedLinear
from polychrony.snn.errors import SnnError
from polychrony.snn.graph import NetworkGraph, Population, Projection
from polychrony.snn.learning.block import Block
from polychrony.snn.lif import LIF
from polychrony.snn.lowering import bias_of, delayed_projection, lif_population


def _projection(
    source: str, target: str, layer: nn.Module, weight: Tensor, later: int = 0
) -> Projection:
    if isinstance(layer, DelayedLinear):
        return delayed_projection(source, target, layer, later)
    return Projection.from_dense(source, target, weight.detach().cpu().numpy(), later)


def _neurons(name: str, block: Block) -> LIF:
    if block.map.dims != 1 or block.pool is not None:
        what = "a convolution" if block.map.dims != 1 else f"{type(block.pool).__name__} pooling"
        raise SnnError(f"{name} has {what}; graphs hold blocks of linear synapses without pooling")
    if not isinstance(block.neurons, LIF):
        raise SnnError(
            f"{name}: {type(block.neurons).__name__} has no place in a graph of real weights; "
            "quantize the weights too, and use polychrony.snn.to_graph"
        )
    return block.neurons


@torch.no_grad()
def graph_of(blocks: Sequence[Block], readout: nn.Linear, readout_decay: float) -> NetworkGraph:
    """Graph with populations `input`, `hidden1`, ..., `output`; standardised weights are folded in.

    The readout's potential per step is that of population `output`, a leaky integrator.

    Args:
        blocks: blocks of linear synapses.
        readout: linear layer to the classes.
        readout_decay: factor of its potential per step.

    Raises:
        SnnError: a block is convolutional or pools.
    """
    populations: list[Population] = []
    projections: list[Projection] = []
    source = "input"
    for k, block in enumerate(blocks):
        name = f"hidden{k + 1}"
        weight, cells = block.map.weight(), _neurons(name, block)
        n_out, n_in = weight.shape[-2:]
        if k == 0:
            populations.append(Population("input", n_in, "input"))
        projections.append(_projection(source, name, block.synapses, weight))
        if block.recurrent is not None and block.inner is not None:
            inner = block.inner.weight()
            projections.append(_projection(name, name, block.recurrent, inner, 1))
        populations.append(lif_population(name, n_out, cells, block.map.bias))
        source = name
    bias = bias_of(readout.bias)
    decay = np.asarray(readout_decay, np.float32)
    populations.append(Population("output", readout.out_features, "li", decay=decay, bias=bias))
    projections.append(_projection(source, "output", readout, readout.weight))
    return NetworkGraph(tuple(populations), tuple(projections), blocks[0].neurons.dt)
