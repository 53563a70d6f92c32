"""Loops are cut so that what leaves each core is known, though its targets come later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware.chips import LOIHI, TRUENORTH
from polychrony.hardware.errors import ChipLimitError
from polychrony.hardware.mapping import map_network
from polychrony.hardware.mapping.partition import partition
from polychrony.snn.graph import NetworkGraph, Population, Projection


def _network(seed, size=20, density=0.3):
    rng = np.random.default_rng(seed)
    names = {"in": 8, "a": size, "b": size}
    populations = [Population(n, k, "input" if n == "in" else "lif") for n, k in names.items()]
    projections = []
    for source, target in (("in", "a"), ("a", "a"), ("a", "b"), ("b", "a")):
        weight = rng.random((names[target], names[source])) < density
        projections.append(Projection.from_dense(source, target, weight, 1))
    return NetworkGraph(tuple(populations), tuple(projections), 1e-3)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), edges=st.integers(20, 60))
def test_edges_that_leave_a_core_stay_within_its_limit(seed, edges):
    graph = _network(seed)
    chip = replace(LOIHI, neurons_per_core=5, axons_out_per_core=edges)
    mapping = map_network(graph, chip, "in_order")
    for part in mapping.slices:
        fans = mapping.fans[part.population]
        leaving = ((fans.neuron >= part.start) & (fans.neuron < part.stop)).sum()
        assert 0 < leaving <= part.axons_out <= edges


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), neurons=st.integers(20, 40))
def test_copies_of_neurons_find_room(seed, neurons):
    graph = _network(seed, size=12)
    chip = replace(TRUENORTH, neurons_per_core=neurons)
    mapping = map_network(graph, chip, "in_order")
    assert mapping.copies("a").max() > 1
    for part in mapping.slices:
        copies = mapping.copies(part.population)[part.start : part.stop].sum()
        assert copies <= part.physical <= neurons


def test_a_loop_that_does_not_fit_is_refused():
    chip = replace(LOIHI, neurons_per_core=2, axons_out_per_core=3)
    with pytest.raises(ChipLimitError, match=r"axons out of neuron . alone"):
        partition(_network(0), chip)
