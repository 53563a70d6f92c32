"""Graphs: worked out by hand, against plain loops, and against torch networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from polychrony.hardware.bitbudget import Widths, bit_report
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.neurobench import GraphAccount, of_graph, of_module, static_of_graph
from polychrony.snn import SpikingNetwork, simulate, to_graph
from polychrony.snn.activity import Activity
from polychrony.snn.graph import NetworkGraph, Population, Projection


def test_a_small_network_by_hand():
    first = np.array([[2.0, 0.0], [2.0, 2.0], [2.0, 0.0]])  # input 0 meets 3 synapses, 1 meets 1
    graph = NetworkGraph(
        (
            Population("in", 2, "input"),
            Population("h", 3, "lif", decay=0.5),
            Population("out", 1, "li", bias=0.25),
        ),
        (
            Projection.from_dense("in", "h", first, 2),
            Projection.from_dense("h", "out", np.ones((1, 3))),
        ),
        dt=1e-3,
    )
    counts = np.zeros((4, 2, 2), np.uint8)
    counts[0, 0, 0] = 1  # fires all three two steps later
    counts[3, 0, 0] = 1  # meets 3 synapses, though the run ends before it arrives
    counts[1, 1, 1] = 5  # a value; fires one neuron
    found = of_graph(graph, simulate(graph, counts)).to_dict()
    assert found["ParameterCount"] == 6 + 6 + 3 + 1  # weights and delays; weights; a bias
    assert found["Footprint"] == 4 * (16 + 2 + 1)  # one decay and threshold, one decay
    assert found["ConnectionSparsity"] == round(2 / 9, 4)
    assert found["ActivationSparsity"] == 1 - 4 / (4 * 2 * 3)
    assert found["SynapticOperations"] == {
        "Effective_MACs": 1 / 2,
        "Effective_ACs": (3 + 3 + 4) / 2,
        "Dense": 4 * (6 + 3),
    }
    # Reset to 0, hidden potentials never move after the first step; the readout does in the first,
    # of 0.25, and where spikes come and have gone.
    assert found["MembraneUpdates"] == (6 + 2 + 2 + 1) / 2


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_operations_are_those_of_a_plain_loop(seed, taps):
    rng = np.random.default_rng(seed)
    weight = rng.normal(size=(4, 5, taps)) * (rng.random((4, 5, taps)) < 0.6)
    weight[0, 0] = 1.0
    graph = NetworkGraph(
        (Population("in", 5, "input"), Population("h", 4, "lif")),
        (Projection.from_dense("in", "h", weight, rng.integers(0, 9, weight.shape)),),
        dt=1e-3,
    )
    counts = rng.poisson(0.5, (6, 3, 5)).astype(np.uint8)
    acs = macs = 0
    for i in range(5):
        for count in counts[:, :, i].flat:
            met = np.count_nonzero(weight[:, i])
            acs, macs = acs + met * (count == 1), macs + met * (count > 1)
    found = of_graph(graph, simulate(graph, counts))
    assert (found.effective_acs * 3, found.effective_macs * 3) == pytest.approx((acs, macs))
    assert found.dense == 6 * weight.size
    assert found.static.zeros == np.count_nonzero(weight == 0)


def test_delays_change_no_operation(small_graph, counts):
    run = simulate(small_graph, counts)
    still = [replace(p, delay=np.zeros_like(p.delay)) for p in small_graph.projections]
    plain = replace(small_graph, projections=tuple(still))
    late, early = of_graph(small_graph, run), of_graph(plain, run)
    assert late.effective_acs == early.effective_acs > 0
    assert late.effective_macs == early.effective_macs > 0
    assert late.dense == early.dense
    weights = late.static.weights
    assert (late.static.parameters, early.static.parameters) == (2 * weights, weights)


def test_accumulates_are_the_events_of_the_bit_budget(small_graph, counts):
    run = simulate(small_graph, np.minimum(counts, 1))
    events = bit_report(small_graph, run, Widths(8)).totals["synaptic_events"]
    assert of_graph(small_graph, run).effective_acs == pytest.approx(events)


def test_batches_add_up(small_graph, counts):
    run, account = simulate(small_graph, counts), GraphAccount(small_graph)
    for part in (slice(0, 3), slice(3, 7)):
        account.record(simulate(small_graph, counts[:, part]))
    assert account.report() == of_graph(small_graph, run)


def test_parameters_are_those_of_the_discrete_network():
    network = SpikingNetwork(6, (5, 4), 3, dt=1e-3, tau_mem=5e-3, max_delay=7, taps=2, recurrent=3)
    network.blocks[0].norm.bias.data.fill_(0.5)
    network.blocks[1].norm.bias.data.fill_(0.5)
    found = static_of_graph(to_graph(network))
    assert found.parameters == sum(p.numel() for p in network.discretize().parameters())
    assert found.weights == 2 * (6 * 5 + 5 * 5 + 5 * 4 + 4 * 4 + 4 * 3)


def test_linear_layers_count_alike_as_modules_and_as_a_graph():
    snntorch = pytest.importorskip("snntorch", reason="makes a network of snntorch")
    from polychrony.snn.exchange import from_snntorch

    generator = torch.Generator().manual_seed(0)
    neurons = [
        snntorch.Leaky(beta=0.8, init_hidden=True, reset_mechanism="zero", output=last)
        for last in (False, True)
    ]
    network = nn.Sequential(nn.Linear(9, 12), neurons[0], nn.Linear(12, 4), neurons[1]).eval()
    for layer in (network[0], network[2]):
        drawn = torch.randn(layer.weight.shape, generator=generator)
        layer.weight.data = drawn * (drawn > -1)
    spikes = (torch.rand(5, 20, 9, generator=generator) < 0.3).float()

    def run(x):
        snntorch.utils.reset(network)
        for step in x.transpose(0, 1):
            network(step)

    as_modules = of_module(network, [spikes], run)
    graph = from_snntorch(network, dt=1e-3)
    activity = simulate(graph, spikes.transpose(0, 1).numpy().astype(np.uint8))
    as_graph = of_graph(graph, activity)
    for key in ("activation_sparsity", "effective_acs", "effective_macs", "dense", "n_samples"):
        assert getattr(as_graph, key) == getattr(as_modules, key), key
    assert 0 < as_graph.activation_sparsity < 1
    for key in ("parameters", "zeros", "weights"):
        assert getattr(as_graph.static, key) == getattr(as_modules.static, key), key


def test_a_convolution_meets_the_same_synapses_as_a_graph():
    snntorch = pytest.importorskip("snntorch", reason="makes a network of snntorch")
    from polychrony.snn.exchange import from_snntorch

    neurons = snntorch.Leaky(beta=0.8, init_hidden=True, reset_mechanism="zero")
    network = nn.Sequential(nn.Conv2d(2, 3, 3, stride=2, padding=1, bias=False), neurons).eval()
    spikes = (torch.rand(4, 2, 7, 7, generator=torch.Generator().manual_seed(1)) < 0.4).float()
    as_modules = of_module(network, [spikes])
    graph = from_snntorch(network, dt=1e-3, input_shape=(2, 7, 7))
    activity = simulate(graph, spikes.reshape(1, 4, -1).numpy().astype(np.uint8))
    assert of_graph(graph, activity).effective_acs == as_modules.effective_acs > 0


def test_refusals(small_graph, counts):
    with pytest.raises(HardwareError, match="nothing has been recorded"):
        GraphAccount(small_graph).report()
    alone = NetworkGraph((Population("in", 2, "input"),), (), dt=1e-3)
    with pytest.raises(HardwareError, match="no synapses to count"):
        of_graph(alone, Activity(1e-3, {"in": np.zeros((1, 1, 2), np.uint8)}))
