"""Graphs of quantized networks count in the whole numbers that were trained."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from polychrony.snn import (
    LIF,
    GraphError,
    Resolution,
    SnnError,
    SpikingNetwork,
    simulate,
    to_graph,
)
from polychrony.snn.learning import Block, BlockNetwork, StandardizedLinear
from polychrony.snn.quantization import deployed, integers, quantize

DT = 1e-2


def network(recurrent=0, v_reset=0.0):
    made = SpikingNetwork(
        14,
        (9, 7),
        3,
        dt=DT,
        tau_mem=2 * DT,
        max_delay=3,
        recurrent=recurrent,
        v_reset=v_reset,
    )
    for block in made.blocks:
        nn.init.normal_(block.norm.weight)
        nn.init.normal_(block.norm.bias)
        nn.init.uniform_(block.norm.running_var, 0.2, 2)
    return made


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**31),
    weights=st.integers(1, 8),
    spikes=st.integers(1, 8),
    grid=st.sampled_from(["uniform", "power-of-two", "loihi"]),
    recurrent=st.sampled_from([0, 2]),
    v_reset=st.sampled_from([0.0, None]),
)
def test_a_graph_gives_the_spikes_and_potentials_of_the_deployed_network(
    seed, weights, spikes, grid, recurrent, v_reset
):
    torch.manual_seed(seed)
    made = quantize(network(recurrent, v_reset), weights, spikes, grid=grid)
    x = (torch.rand(9, 2, 14) < 0.4) * torch.randint(1, 4, (9, 2, 14))
    found = simulate(to_graph(made), x.to(torch.uint8).numpy())
    ready, y = deployed(made), x.float()
    with torch.no_grad():
        for index, block in enumerate(ready.blocks):
            y = block(y)
            np.testing.assert_array_equal(found.spikes[f"hidden{index + 1}"], y.numpy())
        potential = ready.readout(ready.readout_synapses(y))
    np.testing.assert_allclose(found.potentials["output"], potential.numpy(), rtol=1e-6)


def test_weights_of_hidden_neurons_are_the_trained_numbers_themselves():
    made = quantize(network(), 4)
    graph, exported = to_graph(made), integers(made)
    for projection, layer in zip(graph.projections, exported.layers, strict=True):
        step = graph[projection.target].resolution.weight_step
        dense = np.zeros(layer.synapses.weight.shape[:2])
        dense[projection.post, projection.pre] = projection.weight / step
        np.testing.assert_array_equal(np.rint(dense), layer.synapses.weight[:, :, 0])
        np.testing.assert_allclose(dense, np.rint(dense), atol=1e-4)
    assert graph["hidden1"].resolution.weight_step == 1
    assert graph["output"].resolution.weight_step < 1


@pytest.mark.parametrize("spikes", [1, 2, 5])
def test_the_graph_of_linear_blocks(spikes):
    torch.manual_seed(spikes)
    blocks = [
        Block(StandardizedLinear(14, 9), LIF(2 * DT, DT, v_reset=None)),
        Block(nn.Linear(9, 8), LIF(2 * DT, DT), recurrent=nn.Linear(8, 8, bias=False)),
    ]
    made = quantize(BlockNetwork(blocks, nn.Linear(8, 3), 0.4), 4, spikes)
    x = (torch.rand(9, 2, 14) < 0.4) * torch.randint(1, 4, (9, 2, 14))
    found = simulate(to_graph(made), x.to(torch.uint8).numpy())
    ready, y = deployed(made), x.float()
    for index, block in enumerate(ready.blocks):
        y = block(y)
        np.testing.assert_array_equal(found.spikes[f"hidden{index + 1}"], y.numpy())
    potential = ready.read(y)[0].detach().numpy()
    np.testing.assert_allclose(found.potentials["output"], potential, rtol=1e-6, atol=1e-6)
    assert found.spikes["hidden2"].any()


def test_maps_have_no_graph():
    block = Block(nn.Conv2d(1, 2, 3), LIF(2 * DT, DT), nn.MaxPool2d(2))
    with pytest.raises(SnnError, match="hidden1 has maps or pooling"):
        to_graph(quantize(BlockNetwork([block], nn.Linear(2, 3)), 4))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Resolution(0.0), "unit is 0.0 V"),
        (lambda: Resolution(1.0, -1.0), "weight_step is -1.0 V"),
        (lambda: Resolution(1.0, levels=256), "levels is 256"),
    ],
)
def test_resolutions_that_cannot_be(make, message):
    with pytest.raises(GraphError, match=message):
        make()


def test_a_network_that_is_quantized_in_part_has_no_graph():
    made = quantize(network(), 4, layers={"readout_synapses": {"weights": None}})
    with pytest.raises(SnnError, match="output: its weights are not quantized"):
        to_graph(made)
    with pytest.raises(SnnError, match=r"reset to 0 V or a soft one"):
        to_graph(quantize(network(v_reset=-0.2), 4))
