from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware.adapt import split_fan_in
from polychrony.hardware.errors import HardwareError
from polychrony.snn.graph import NetworkGraph, Population, Projection
from polychrony.snn.simulate import simulate


def fan_in(graph, name):
    post = np.concatenate([p.post for p in graph.incoming(name)] or [np.zeros(0, np.int32)])
    return np.bincount(post, minlength=graph[name].size)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 9))
def test_no_neuron_has_too_many_and_every_source_still_reaches_it(delayed, seed, limit):
    graph = delayed(seed, 3)
    split, record = split_fan_in(graph, limit)
    for population in split:
        assert fan_in(split, population.name).max(initial=0) <= limit
    for name in ("h", "g", "out"):
        assert (name in record.populations) == bool((fan_in(graph, name) > limit).any())
        assert paths(split, name) == paths(graph, name)


def paths(graph, name):
    """How often each source neuron, at each delay, reaches each neuron, through mergers or not."""
    found = {}
    for p in graph.incoming(name):
        through = paths(graph, p.source) if ".merge" in p.source else None
        for i, j, d in zip(p.pre, p.post, p.delay, strict=True):
            start = through[i] if through is not None else [(p.source, int(i), 0)]
            found.setdefault(int(j), []).extend((s, n, e + int(d)) for s, n, e in start)
    return {j: sorted(rows) for j, rows in found.items()}


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 5))
def test_equal_weights_and_spikes_that_never_meet_make_it_exact(seed, limit):
    rng = np.random.default_rng(seed)
    weight = np.where(rng.random((3, 12)) < 0.7, 0.4, -0.3)
    graph = NetworkGraph(
        (
            Population("a", 12, "input"),
            Population("h", 3, "lif", decay=np.full(3, 0.9, np.float32)),
        ),
        (Projection.from_dense("a", "h", weight, np.full((3, 12), 2)),),
        1e-3,
    )
    spikes = np.zeros((60, 1, 12), np.uint8)
    spikes[np.arange(60), 0, rng.integers(0, 12, 60)] = 1
    split, record = split_fan_in(graph, limit)
    assert record.populations["h"].weight_max < 1e-6
    before, after = (simulate(g, {"a": spikes}).spikes["h"] for g in (graph, split))
    assert np.array_equal(before, after)


def test_the_weakest_share_a_merger_by_hand():
    source, target = Population("a", 5, "input"), Population("h", 1, "lif")
    projection = Projection.from_dense("a", "h", [[1.0, -0.1, 0.2, -0.3, 0.9]])
    split, record = split_fan_in(NetworkGraph((source, target), (projection,), 1e-3), 4)
    left = {p.label: (p.pre.tolist(), p.weight.tolist()) for p in split.projections}
    assert left["a->h.merge"] == ([1, 3], [1.0, 1.0])
    assert left["a->h"][0] == [0, 2, 4]
    assert left["h.merge->h"][1] == pytest.approx([-0.2])
    assert record.made == ("h.merge",)
    assert record.to_dict()["populations"]["h"] == {
        "neurons": 1,
        "mergers": 1,
        "synapses_merged": 2,
        "weight_max": pytest.approx(0.1),
        "weight_rms": pytest.approx(np.sqrt(2 * 0.01 / 5)),
    }


def test_levels_follow_levels():
    source, target = Population("a", 30, "input"), Population("h", 2, "lif")
    weight = np.random.default_rng(0).normal(size=(2, 30))
    graph = NetworkGraph((source, target), (Projection.from_dense("a", "h", weight),), 1e-3)
    split, record = split_fan_in(graph, 3)
    assert record.made[:2] == ("h.merge", "h.merge2")
    assert record.populations["h"].neurons == 2
    assert fan_in(split, "h").max() <= 3


def test_populations_of_the_host_are_left(delayed):
    graph = delayed(3, 2)
    split, record = split_fan_in(graph, 2, skip=("out",))
    assert "out.merge" not in record.made
    assert fan_in(split, "out").max() == 4


def test_one_synapse_cannot_be_split(delayed):
    with pytest.raises(HardwareError, match="at least 2"):
        split_fan_in(delayed(0, 1), 1)
