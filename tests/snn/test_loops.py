"""Graphs whose spikes come back, against one step after the other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from polychrony.snn import GraphError, NetworkGraph, Population, Projection, simulate
from polychrony.snn.components import Component, Edge, components

seeds = st.integers(0, 2**31)


def _counts(seed, steps=15, batch=2):
    return np.random.default_rng(seed).poisson(0.3, (steps, batch, 3)).astype(np.uint8)


def _ring(*delays, inner=0):
    """One neuron in each population, which fires whenever a spike reaches it."""
    names = [f"p{k}" for k in range(len(delays))]
    joined = [
        Projection.from_dense(source, target, [[1.0]], delay)
        for source, target, delay in zip(names, [*names[1:], names[0]], delays, strict=True)
    ]
    neurons = (Population(name, 1, "lif") for name in reversed(names))
    start = Projection.from_dense("in", "p0", [[1.0]], inner)
    return NetworkGraph((Population("in", 1, "input"), *neurons), (start, *joined), 1e-3)


def same(found, wanted):
    for name, spikes in found.spikes.items():
        np.testing.assert_array_equal(spikes, wanted[name], err_msg=name)
    for name, potentials in found.potentials.items():
        np.testing.assert_array_equal(potentials, wanted[name], err_msg=name)


@settings(deadline=None, max_examples=60)
@given(seed=seeds)
def test_equals_one_step_after_the_other(seed, recurrent_graph, step_by_step):
    graph, counts = recurrent_graph(seed), _counts(seed)
    same(simulate(graph, counts), step_by_step(graph, counts))


@settings(deadline=None, max_examples=20)
@given(seed=seeds, cut=st.integers(1, 14))
def test_neither_batch_nor_what_comes_later_matters(seed, cut, recurrent_graph):
    graph, counts = recurrent_graph(seed), _counts(seed, batch=3)
    assume(graph.has_loops)
    whole = simulate(graph, counts)
    alone, before = simulate(graph, counts[:, 1:2]), simulate(graph, counts[:cut])
    for name, spikes in whole.spikes.items():
        np.testing.assert_array_equal(spikes[:, 1:2], alone.spikes[name])
        np.testing.assert_array_equal(spikes[:cut], before.spikes[name])
    np.testing.assert_array_equal(whole.potentials["out"][:, 1:2], alone.potentials["out"])


@settings(deadline=None, max_examples=60)
@given(seed=seeds)
def test_components_hold_what_their_names_promise(seed, recurrent_graph):
    graph = recurrent_graph(seed)
    order = [name for component in graph.components for name in component.names]
    assert sorted(order) == sorted(population.name for population in graph)
    owner = {name: k for k, c in enumerate(graph.components) for name in c.names}
    for p in graph.projections:
        inside = owner[p.source] == owner[p.target]
        if p.n_synapses and not inside:
            assert owner[p.source] < owner[p.target]
        if p.n_synapses and inside and order.index(p.source) >= order.index(p.target):
            window = graph.components[owner[p.source]].window
            assert window is not None and p.delay.min() >= window >= 1


@pytest.mark.parametrize("delays", [(1,), (4,), (0, 1), (0, 0, 3), (2, 3), (5, 0, 1, 0)])
def test_a_ring_fires_with_the_period_of_its_delays(delays):
    counts = np.zeros((40, 1, 1), np.uint8)
    counts[0] = 1
    graph = _ring(*delays)
    fired = simulate(graph, counts).spikes["p0"].ravel().nonzero()[0]
    assert fired.tolist() == list(range(0, 40, sum(delays)))
    (loop,) = (c for c in graph.components if c.window is not None)
    assert loop.window == max(delays)


def test_the_window_is_as_long_as_some_order_allows():
    edges = [Edge("a", "b", 2), Edge("b", "c", 1), Edge("c", "a", 7), Edge("b", "b", 9)]
    assert components("abc", edges) == (Component(("a", "b", "c"), 7),)
    assert components("abc", [*edges, Edge("c", "b", 3)]) == (Component(("a", "b", "c"), 3),)


def test_a_projection_without_synapses_makes_no_loop():
    empty = Projection.from_dense("p1", "p0", [[0.0]])
    forward = Projection.from_dense("p0", "p1", [[1.0]])
    ring = _ring(1, 1)
    graph = replace(ring, projections=(ring.projections[0], forward, empty))
    assert not graph.has_loops
    counts = np.ones((3, 1, 1), np.uint8)
    assert simulate(graph, counts).spikes["p1"].ravel().tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("delays", "message"),
    [
        ((0,), r"without delay: p0 \(shortest delay 0 along p0->p0\); give one of these"),
        ((0, 0), r"p0->p1.*p1->p0|p1->p0.*p0->p1"),
        ((0, 0, 0), "delay of at least 1 step"),
    ],
)
def test_a_loop_without_delay_is_refused(delays, message):
    with pytest.raises(GraphError, match=message):
        _ring(*delays)


def test_only_the_populations_of_the_loop_are_named():
    ring = _ring(1, 1)
    behind = Population("behind", 1, "lif")
    more = (
        Projection.from_dense("p0", "p1", [[1.0]]),
        Projection.from_dense("p1", "p0", [[1.0]]),
        Projection.from_dense("p1", "behind", [[1.0]]),
    )
    with pytest.raises(GraphError, match=r"without delay: p., p. ") as refused:
        NetworkGraph((*ring.populations, behind), (*ring.projections, *more), 1e-3)
    assert "behind" not in str(refused.value)


def test_what_feeds_only_itself_is_an_output():
    assert [population.name for population in _ring(1).outputs] == ["p0"]
    assert _ring(1, 1).outputs == ()
