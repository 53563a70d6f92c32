from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware.adapt import prune_lattice, prune_magnitude, prune_share
from polychrony.hardware.adapt.poset import meet_irreducible
from polychrony.hardware.errors import HardwareError
from polychrony.snn.graph import NetworkGraph, Population, Projection


def recurrent(*weights, size=None):
    """An input, one layer with some projections to itself, and a readout."""
    n = size or len(weights[0])
    loops = tuple(Projection.from_dense("h", "h", w, d + 1) for d, w in enumerate(weights))
    ends = (
        Projection.from_dense("input", "h", np.full((n, 2), 0.5)),
        Projection.from_dense("h", "out", np.full((1, n), 1e-3)),
    )
    populations = Population("input", 2, "input"), Population("h", n, "lif")
    return NetworkGraph((*populations, Population("out", 1, "li")), (*ends, *loops), 1e-3)


def random_loops(seed, n):
    rng = np.random.default_rng(seed)
    weights = rng.normal(0, 1, (2, n, n)) * (rng.random((2, n, n)) < 0.3)
    return recurrent(*weights)


def loops(graph):
    return [p for p in graph.projections if p.source == p.target]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 12), st.floats(0, 1), st.floats(0.01, 3))
def test_synapses_of_meet_irreducible_neurons_go_last(seed, n, share, threshold):
    graph = random_loops(seed, n)
    pruned, record = prune_lattice(graph, share, threshold=threshold)
    edges = np.zeros((n, n), bool)
    for p in loops(graph):
        strong = np.abs(p.weight) >= threshold
        edges[p.pre[strong], p.post[strong]] = True
    kept, _ = meet_irreducible(edges)
    assert record.protected["h"].meet_irreducible == kept.sum()

    def keys(of):
        return [
            (bool(kept[i] or kept[j]), float(np.abs(w)), k, int(i), int(j))
            for k, p in enumerate(loops(of))
            for i, j, w in zip(p.pre, p.post, p.weight, strict=True)
        ]

    before, after = sorted(keys(graph)), set(keys(pruned))
    gone = [key for key in before if key not in after]
    assert len(gone) == record.dropped == round(share * len(before))
    assert [key[:2] for key in gone] == [key[:2] for key in before[: len(gone)]]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 12), st.floats(0, 1))
def test_only_recurrent_projections_lose(seed, n, share):
    graph = random_loops(seed, n)
    pruned, record = prune_lattice(graph, share)
    assert pruned.projections[:2] == graph.projections[:2]
    assert {lost.projection for lost in record.projections} == {"h->h"}
    assert pruned.populations == graph.populations


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 12))
def test_the_threshold_chosen_is_one_of_the_most(seed, n):
    graph = random_loops(seed, n)
    _, record = prune_lattice(graph, 0.5)
    held = record.protected["h"]
    if held.threshold is None:
        assert not any(p.weight.any() for p in loops(graph))
        return
    _, again = prune_lattice(graph, 0.5, threshold=held.threshold)
    assert again == record
    sizes = np.sort(np.concatenate([np.abs(p.weight) for p in loops(graph)]))[::-1]
    quarter = float(sizes[min(len(sizes), max(1, round(n / 4))) - 1])
    if quarter > 0:
        assert elements(graph, n, held.threshold) >= elements(graph, n, quarter)


def elements(graph, n, threshold):
    edges = np.zeros((n, n), bool)
    for p in loops(graph):
        strong = np.abs(p.weight) >= threshold
        edges[p.pre[strong], p.post[strong]] = True
    return meet_irreducible(edges)[1]


def test_a_chain_stays_and_its_strong_shortcut_goes():
    # 0 -> 1 -> 2 -> 3 with small weights; 3 -> 4 and 4 -> 3 large: {3, 4} is the greatest.
    weight = np.zeros((5, 5))
    for pre, post, w in [(0, 1, 0.3), (1, 2, 0.3), (2, 3, 0.3), (3, 4, 2.0), (4, 3, 2.0)]:
        weight[post, pre] = w
    pruned, record = prune_lattice(recurrent(weight), 0.4, threshold=0.2)
    (left,) = loops(pruned)
    assert list(zip(left.pre, left.post, strict=True)) == [(0, 1), (1, 2), (2, 3)]
    assert record.protected["h"].meet_irreducible == 3
    told = json.loads(json.dumps(record.to_dict()))
    assert told["criterion"] == "lattice"
    assert told["protected"]["h"] == {"neurons": 5, "meet_irreducible": 3, "threshold": 0.2}
    by_size, _ = prune_magnitude(recurrent(weight), 0.4, skip=["input->h", "h->out"])
    assert loops(by_size)[0].weight.tolist() == [np.float32(0.3), 2.0, 2.0]


def test_one_name_for_both_criteria():
    graph = random_loops(0, 8)
    for criterion, prune in [("magnitude", prune_magnitude), ("lattice", prune_lattice)]:
        one, other = prune_share(graph, 0.3, criterion), prune(graph, 0.3)
        assert one[1] == other[1]
        assert [p.weight.tolist() for p in one[0].projections] == [
            p.weight.tolist() for p in other[0].projections
        ]


@pytest.mark.parametrize(
    ("prune", "message"),
    [
        (lambda g: prune_lattice(g, -0.1), "share is -0.1"),
        (lambda g: prune_lattice(g, 0.1, threshold=0.0), "threshold is 0.0 V"),
        (lambda g: prune_lattice(g, 0.1, skip=["x"]), "skip names 'x'"),
        (lambda g: prune_lattice(g, 0.1, skip=["h->h"]), "no population hears itself"),
        (lambda g: prune_share(g, 0.1, "age"), "criterion is 'age', allowed are magnitude, latt"),
    ],
)
def test_what_cannot_be_done_is_told(prune, message):
    with pytest.raises(HardwareError, match=message):
        prune(random_loops(1, 6))
