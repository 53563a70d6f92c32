"""A chip with room for trained whole numbers computes with those."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware import ChipLimitError, cosimulate, get_chip, quantize
from polychrony.snn import Projection, SpikingNetwork, to_graph
from polychrony.snn.graph import NetworkGraph
from polychrony.snn.quantization import integers
from polychrony.snn.quantization import quantize as few_bits

DT = 1e-3


def trained(seed, weights, spikes=1, grid="uniform"):
    torch.manual_seed(seed)
    made = SpikingNetwork(20, (16, 12), 4, dt=DT, tau_mem=2 * DT, max_delay=3)
    few_bits(made, weights, spikes, grid=grid)
    x = (torch.rand(20, 8, 20) < 0.3).float()
    for _ in range(30):
        made(x)
    return made, x.to(torch.uint8).numpy()


@settings(deadline=None, max_examples=20)
@given(
    seed=st.integers(0, 2**31),
    weights=st.integers(1, 8),
    grid=st.sampled_from(["uniform", "loihi"]),
    chip=st.sampled_from(["loihi", "loihi2"]),
)
def test_mantissas_are_the_trained_numbers_times_one_factor(seed, weights, grid, chip):
    made, _ = trained(seed, min(weights, 7 if chip == "loihi2" else 8), grid=grid)
    graph = to_graph(made)
    held = quantize(graph, get_chip(chip))
    for stored, real in zip(held.projections, graph.projections, strict=True):
        counts = np.rint(real.weight / graph[real.target].resolution.weight_step)
        factors = np.unique(stored.mantissa / counts)
        assert len(factors) == 1 and factors[0] >= 1 and factors[0] == int(factors[0])
        assert np.abs(stored.mantissa).max() <= get_chip(chip).numbers.mantissa_max
        assert held.populations[real.target].error.weight_max < 1e-12


def test_without_a_step_they_would_be_others():
    made, _ = trained(1, 4)
    graph = to_graph(made)
    plain = NetworkGraph(
        tuple(replace(population, resolution=None) for population in graph),
        graph.projections,
        graph.dt,
    )
    assert quantize(plain, get_chip("loihi")).populations["hidden1"].error.weight_max > 1e-4


def test_weights_that_are_no_multiples_any_more_are_rounded_as_real_ones():
    made, _ = trained(2, 4)
    graph = to_graph(made)
    first = graph.projections[0]
    weight = first.weight.copy()
    weight[0] *= 1.4
    moved = Projection(first.source, first.target, first.pre, first.post, weight, first.delay)
    changed = NetworkGraph(graph.populations, (moved, *graph.projections[1:]), graph.dt)
    error = quantize(changed, get_chip("loihi")).populations["hidden1"].error
    assert 0 < error.weight_max < 0.01


def test_the_chip_decides_as_the_software_does_and_spikes_almost_alike():
    made, x = trained(3, 4)
    result = cosimulate(to_graph(made), x, chip="loihi")
    assert result.agreement >= 0.875
    for name, differ in result.spikes_differ.items():
        assert differ <= 0.05 * max(1.0, result.spikes_software[name])
    assert integers(made)["hidden1"].synapses.shift == 8


def test_several_events_in_a_step_find_room():
    made, x = trained(5, 4)
    graph = to_graph(made)
    held = quantize(graph, get_chip("loihi"))
    for stored, real in zip(held.projections, graph.projections, strict=True):
        counts = np.rint(real.weight / graph[real.target].resolution.weight_step)
        assert (np.abs(stored.mantissa) <= 16 * np.abs(counts)).all()
    result = cosimulate(graph, 10 * x, chip="loihi")
    assert result.agreement >= 0.875


@pytest.mark.parametrize("chip", ["loihi", "loihi2", "truenorth", "dynapse"])
def test_spikes_of_several_bits_are_refused(chip):
    made, _ = trained(4, 4, spikes=2)
    with pytest.raises(ChipLimitError, match="hidden1: bits of a spike is 2"):
        quantize(to_graph(made), get_chip(chip))
