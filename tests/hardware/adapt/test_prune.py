from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware.adapt import prune_fan_in
from polychrony.hardware.errors import HardwareError
from polychrony.snn.graph import NetworkGraph, Population, Projection


def synapses(graph, target):
    return [
        (p.source, i, j, w, d)
        for p in graph.incoming(target)
        for i, j, w, d in zip(p.pre, p.post, p.weight, p.delay, strict=True)
    ]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9))
def test_the_largest_weights_of_each_neuron_stay(delayed, seed, limit):
    graph = delayed(seed, 4, 0.8)
    pruned, record = prune_fan_in(graph, limit)
    for name in ("h", "g", "out"):
        before, after = synapses(graph, name), synapses(pruned, name)
        assert set(after) <= set(before)
        dropped = total = 0.0
        for j in range(graph[name].size):
            mine = sorted((abs(row[3]) for row in before if row[2] == j), reverse=True)
            assert sorted((abs(r[3]) for r in after if r[2] == j), reverse=True) == mine[:limit]
            dropped, total = dropped + float(sum(mine[limit:])), total + float(sum(mine))
        if dropped:
            assert record.populations[name].weight_share == pytest.approx(dropped / total, rel=1e-4)
            assert record.populations[name].dropped == len(before) - len(after)
        else:
            assert name not in record.populations


def test_of_equal_weights_the_first_stays():
    source, target = Population("a", 3, "input"), Population("h", 1, "lif")
    graph = NetworkGraph(
        (source, target), (Projection.from_dense("a", "h", [[1.0, -1.0, 1.0]]),), 1e-3
    )
    pruned, record = prune_fan_in(graph, 2)
    assert pruned.projections[0].pre.tolist() == [0, 1]
    assert record.to_dict()["populations"]["h"] == {
        "synapses": 3,
        "dropped": 1,
        "weight_share": pytest.approx(1 / 3),
        "neurons": 1,
    }


def test_populations_of_the_host_are_left(delayed):
    graph = delayed(3, 2)
    pruned, record = prune_fan_in(graph, 1, skip=("out",))
    assert "out" not in record.populations
    assert np.array_equal(pruned.incoming("out")[0].weight, graph.incoming("out")[0].weight)


def test_no_synapses_at_all_are_refused(delayed):
    with pytest.raises(HardwareError, match="limit is 0 synapses"):
        prune_fan_in(delayed(0, 1), 0)
