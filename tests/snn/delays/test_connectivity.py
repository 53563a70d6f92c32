"""Layers in which each target neuron has a part of its possible synapses."""

from __future__ import annotations

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.snn import DelayedLinear, SnnError, SpikingNetwork, simulate, to_graph
from polychrony.snn.quantization import quantize

OWNERS = ["synapse", "axon", "dendrite"]


def _learn(module, x, steps=5):
    optimizer = torch.optim.Adam(module.parameters(), 0.1, weight_decay=0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        module(x).square().sum().backward()
        optimizer.step()


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 9), st.integers(1, 7), st.integers(1, 3), st.floats(0.01, 1), st.integers(0, 99)
)
def test_every_neuron_has_the_same_number_of_synapses(n_in, n_out, taps, connectivity, seed):
    torch.manual_seed(seed)
    layer = DelayedLinear(n_in, n_out, 3, taps=taps, connectivity=connectivity)
    expected = max(1, round(connectivity * n_in * taps))
    assert (layer.weight != 0).flatten(1).sum(1).tolist() == [expected] * n_out
    assert layer.n_synapses == expected * n_out


@pytest.mark.parametrize("delay_of", OWNERS)
@pytest.mark.parametrize("copied", [False, True])
def test_what_is_no_synapse_never_learns(delay_of, copied):
    layer = DelayedLinear(20, 6, 4, connectivity=0.2, delay_of=delay_of)
    if copied:
        layer = copy.deepcopy(layer)
    before, missing = layer.weight.detach().clone(), layer.weight == 0
    _learn(layer, torch.rand(10, 2, 20))
    assert layer.weight[missing].eq(0).all()
    assert layer.weight[~missing].ne(before[~missing]).all()


@pytest.mark.parametrize("delay_of", OWNERS)
def test_equals_a_full_layer_with_weights_of_zero(delay_of):
    sparse = DelayedLinear(20, 6, 4, connectivity=0.3, delay_of=delay_of)
    full = DelayedLinear(20, 6, 4, delay_of=delay_of)
    full.load_state_dict({k: v for k, v in sparse.state_dict().items() if k != "joined"})
    x = torch.rand(10, 2, 20)
    for mode in (lambda layer: layer, lambda layer: layer.discretize(), lambda layer: layer.eval()):
        assert torch.equal(mode(sparse)(x), mode(full)(x))


def test_a_saved_layer_keeps_its_synapses():
    saved, other = (DelayedLinear(30, 5, 2, connectivity=0.1) for _ in range(2))
    assert not torch.equal(saved.joined, other.joined)
    other.load_state_dict(saved.state_dict())
    assert torch.equal(saved.joined, other.joined)


def test_a_full_layer_saves_what_it_always_did():
    assert "joined" not in DelayedLinear(3, 2, 1).state_dict()


@pytest.mark.parametrize("connectivity", [0, -0.1, 1.01, float("nan")])
def test_connectivity_outside_its_range_is_refused(connectivity):
    with pytest.raises(SnnError, match="connectivity is"):
        DelayedLinear(3, 2, 1, connectivity=connectivity)


def _sparse_network():
    torch.manual_seed(0)
    return SpikingNetwork(
        40, [30], 5, dt=1e-3, tau_mem=5e-3, max_delay=4, dropout=0.1, connectivity=0.1
    )


def test_the_graph_of_a_network_has_those_synapses_alone():
    network = _sparse_network()
    x = (torch.rand(25, 3, 40) < 0.3).float()
    _learn(network, x)
    graph = to_graph(network.eval())
    assert [len(each.weight) for each in graph.projections] == [4 * 30, 3 * 5]
    expected = network.discretize()(x)
    assert torch.equal(
        expected, torch.from_numpy(simulate(graph, x.numpy()).potentials["output"]).to(x)
    )


def test_quantized_networks_leave_out_the_same_synapses():
    network = quantize(_sparse_network(), 4)
    missing = [~layer.joined for layer in network.delayed_layers]
    _learn(network, (torch.rand(25, 3, 40) < 0.3).float())
    for layer, out in zip(network.delayed_layers, missing, strict=True):
        assert layer.weight[out].eq(0).all()
        assert layer.weight[~out].ne(0).any()
