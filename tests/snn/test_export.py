"""A network after discretize gives the spikes of its exported graph."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from polychrony.snn import ATan, NetworkGraph, SpikingNetwork, simulate, to_graph


def _trained(seed, **options):
    torch.manual_seed(seed)
    defaults = {"dt": 1e-2, "tau_mem": 2e-2, "max_delay": 9, "surrogate": ATan(5.0)}
    network = SpikingNetwork(20, (30, 25), 5, **{**defaults, **options}).train()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(4):
        optimizer.zero_grad()
        network(_counts()).square().mean().backward()
        optimizer.step()
    return network


def _counts():
    return torch.poisson(torch.full((40, 16, 20), 0.2))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"delays": "fixed"},
        {"delays": "none"},
        {"taps": 2},
        {"v_reset": None},
        {"kernel": "triangle", "norm": False},
        {"kernel": "linear", "discretization": "euler"},
        {"lateness": (0.6, 0.3)},
    ],
)
def test_same_spikes_and_potentials_as_the_graph(options):
    network = _trained(0, **options)
    graph = to_graph(network)
    x = _counts()
    activity = simulate(graph, x.numpy())
    ready = copy.deepcopy(network).discretize()
    spikes = x
    for index, block in enumerate(ready.blocks):
        spikes = block(spikes)
        np.testing.assert_array_equal(
            activity.spikes[f"hidden{index + 1}"], spikes.numpy(force=True)
        )
        assert 0 < spikes.mean() < 1
    np.testing.assert_array_equal(activity.potentials["output"], ready(x).numpy(force=True))


def test_exporting_leaves_the_network_alone():
    network = _trained(1)
    before = copy.deepcopy(network.state_dict())
    graph = to_graph(network)
    assert network.training
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())
    assert [p.name for p in graph.order()] == ["input", "hidden1", "hidden2", "output"]
    assert graph.dt == 1e-2
    assert max(p.max_delay for p in graph.projections) <= 9
    assert graph.n_synapses == 20 * 30 + 30 * 25 + 25 * 5


@pytest.mark.parametrize(
    "options",
    [
        {"recurrent": 1},
        {"recurrent": 4},
        {"recurrent": 3, "taps": 2, "v_reset": None},
        {"recurrent": 5, "delays": "fixed"},
        {"recurrent": 2, "delays": "none", "norm": False},
    ],
)
def test_recurrent_layers_become_loops_with_the_same_spikes(options):
    network = _trained(0, **options)
    graph = to_graph(network)
    loops = [c for c in graph.components if c.window is not None]
    assert [loop.names for loop in loops] == [("hidden1",), ("hidden2",)]
    x = _counts()
    activity = simulate(graph, x.numpy())
    ready, spikes = copy.deepcopy(network).discretize(), x
    with torch.no_grad():
        for index, block in enumerate(ready.blocks):
            spikes = block(spikes)
            np.testing.assert_array_equal(activity.spikes[f"hidden{index + 1}"], spikes.numpy())
            assert 0 < spikes.mean() < 1
        np.testing.assert_array_equal(activity.potentials["output"], ready(x).numpy())
    alone = [q for q in graph.projections if q.source != q.target]
    without = simulate(NetworkGraph(graph.populations, tuple(alone), graph.dt), x.numpy())
    assert (without.spikes["hidden2"] != activity.spikes["hidden2"]).any()


def test_a_recurrent_network_learns_all_its_delays_and_goes_on_from_a_state():
    network = _trained(0, recurrent=4)
    assert all(layer.delay.grad.abs().sum() > 0 for layer in network.feedback_layers)
    x = _counts()
    for ready in (network.eval(), copy.deepcopy(network).discretize()):
        with torch.no_grad():
            first, state = ready.forward_with_state(x[:17])
            second, _ = ready.forward_with_state(x[17:], state)
            assert torch.equal(torch.cat([first, second]), ready(x))
