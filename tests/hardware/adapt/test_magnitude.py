from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware import cosimulate
from polychrony.hardware.adapt import prune_magnitude
from polychrony.hardware.errors import HardwareError
from polychrony.snn.graph import NetworkGraph, Population, Projection


def sizes(graph):
    return [np.sort(np.abs(p.weight)) for p in graph.projections]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_the_largest_weights_of_the_network_stay(delayed, seed, share):
    graph = delayed(seed, 4, 0.8)
    pruned, record = prune_magnitude(graph, share)
    before, after = np.sort(np.concatenate(sizes(graph))), np.concatenate(sizes(pruned))
    gone = round(share * len(before))
    np.testing.assert_array_equal(np.sort(after), before[gone:])
    assert record.dropped == gone
    assert pruned.populations == graph.populations


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_every_projection_loses_the_same_share(delayed, seed, share):
    graph = delayed(seed, 4, 0.8)
    pruned, record = prune_magnitude(graph, share, scope="projection")
    for before, after, lost in zip(sizes(graph), sizes(pruned), record.projections, strict=True):
        gone = round(share * len(before))
        np.testing.assert_array_equal(after, before[gone:])
        assert (lost.synapses, lost.dropped) == (len(before), gone)
        total = before.astype(float).sum()
        assert lost.weight_share == pytest.approx(before[:gone].astype(float).sum() / total)


def two_layers():
    first = Projection.from_dense("input", "h", [[0.1, 0.2], [0.3, 0.4]], 1)
    second = Projection.from_dense("h", "out", [[0.01, -3.0]], 2)
    populations = (Population("input", 2, "input"), Population("h", 2, "lif"))
    return NetworkGraph((*populations, Population("out", 1, "li")), (first, second), 1e-3)


def test_what_is_left_keeps_its_place():
    pruned, record = prune_magnitude(two_layers(), 0.5)
    first, second = pruned.projections
    assert list(zip(first.pre, first.post, first.delay, strict=True)) == [(0, 1, 1), (1, 1, 1)]
    np.testing.assert_array_equal(first.weight, np.float32([0.3, 0.4]))
    assert (second.pre.tolist(), second.weight.tolist()) == ([1], [-3.0])
    assert [lost.silent for lost in record.projections] == [1, 0]
    assert json.loads(json.dumps(record.to_dict()))["projections"][0]["dropped"] == 2


@pytest.mark.parametrize("name", ["out", "h->out"])
def test_what_is_skipped_keeps_all(name):
    pruned, record = prune_magnitude(two_layers(), 1.0, skip=[name])
    assert [p.n_synapses for p in pruned.projections] == [0, 2]
    assert [lost.projection for lost in record.projections] == ["input->h"]


def test_a_thinner_network_costs_less_on_a_chip():
    random = np.random.default_rng(0)
    weights = random.normal(0.2, 0.5, (6, 8)), random.normal(0.2, 0.5, (3, 6))
    populations = (Population("input", 8, "input"), Population("h", 6, "lif"))
    graph = NetworkGraph(
        (*populations, Population("out", 3, "lif")),
        (
            Projection.from_dense("input", "h", weights[0]),
            Projection.from_dense("h", "out", weights[1]),
        ),
        1e-3,
    )
    x = random.poisson(0.7, (20, 4, 8))
    pruned, _ = prune_magnitude(graph, 0.7)
    whole, thin = (cosimulate(g, x).costs.to_dict() for g in (graph, pruned))
    assert thin["energy_per_inference_J"]["synapse"] > 0
    assert thin["energy_per_inference_J"]["synapse"] < whole["energy_per_inference_J"]["synapse"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"share": 1.5}, "share is 1.5"),
        ({"share": float("nan")}, "share is nan"),
        ({"share": 0.5, "scope": "layer"}, "use 'network' or 'projection'"),
        ({"share": 0.5, "skip": ["x"]}, "skip names 'x'; there are: h, h->out, input->h, out"),
    ],
)
def test_what_cannot_be_done_is_told(arguments, message):
    with pytest.raises(HardwareError, match=message):
        prune_magnitude(two_layers(), **arguments)
