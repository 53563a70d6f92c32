"""Network graphs: what they hold, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.snn import GraphError, NetworkGraph, Population, Projection


def _graph(*projections, populations=None):
    populations = populations or (
        Population("in", 3, "input"),
        Population("a", 2, "lif", decay=0.5),
        Population("out", 2, "li", decay=0.9),
    )
    return NetworkGraph(tuple(populations), projections, dt=1e-3)


def _projection(source="in", target="a", pre=(0,), post=(0,), weight=(1.0,), delay=(0,)):
    columns = map(np.asarray, (pre, post, weight, delay))
    return Projection(source, target, *columns)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**31), taps=st.integers(1, 3))
def test_from_dense_is_the_same_matrix_at_every_delay(seed, taps):
    rng = np.random.default_rng(seed)
    weight = rng.normal(size=(4, 3, taps)) * (rng.random((4, 3, taps)) < 0.7)
    delay = rng.integers(0, 3, size=weight.shape)
    projection = Projection.from_dense("a", "b", weight, delay)
    for step in range(3):
        expected = np.where(delay == step, weight, 0).sum(2)
        found = np.zeros((4, 3))
        here = projection.delay == step
        np.add.at(found, (projection.post[here], projection.pre[here]), projection.weight[here])
        np.testing.assert_allclose(found, expected, atol=1e-6)
    assert projection.n_synapses == np.count_nonzero(weight)
    assert (np.diff(projection.pre) >= 0).all()


def test_from_dense_takes_one_delay_per_pair_for_one_tap_each():
    delay = np.array([[0, 1], [2, 3]])
    projection = Projection.from_dense("a", "b", np.ones((2, 2)), delay)
    assert projection.max_delay == 3
    np.testing.assert_array_equal(projection.delay, delay.T.reshape(-1))
    per_tap = Projection.from_dense("a", "b", np.ones((1, 1, 2)), [0, 5])
    assert per_tap.delay.tolist() == [0, 5]


def test_synapses_are_sorted_by_source_and_read_only():
    projection = _projection(pre=(2, 0), post=(0, 1), weight=(1.0, 2.0), delay=(0, 4))
    assert projection.pre.tolist() == [0, 2]
    assert projection.weight.tolist() == [2, 1]
    with pytest.raises(ValueError, match="read-only"):
        projection.weight[0] = 3


def test_order_ends_and_counts():
    backwards = (
        Population("out", 2, "li"),
        Population("a", 2, "lif"),
        Population("in", 3, "input"),
    )
    graph = _graph(_projection("a", "out"), _projection(), populations=backwards)
    assert [population.name for population in graph.order()] == ["in", "a", "out"]
    assert [population.name for population in graph.inputs] == ["in"]
    assert [population.name for population in graph.outputs] == ["out"]
    assert graph.n_synapses == 2
    assert graph.incoming("a")[0].source == "in"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Population("a", 0, "lif"), "size is 0"),
        (lambda: Population("a", 2, "alif"), "'alif' is not"),
        (lambda: Population("", 2, "lif"), "needs a name"),
        (lambda: Population("a", 2, "lif", decay=1.5), r"\[0, 1\]"),
        (lambda: Population("a", 2, "lif", decay=[0.1, 0.2, 0.3]), "'a': decay"),
        (lambda: Population("a", 2, "lif", v_threshold=0.0), "above 0"),
        (lambda: Population("a", 2, "lif", bias=np.nan), "finite"),
        (lambda: _projection(pre=(0, 1)), r"pre has shape \(2,\)"),
        (lambda: _projection(delay=(-1,)), "negative"),
        (lambda: _projection(delay=(0.5,)), "integers"),
        (lambda: _projection(weight=(np.inf,)), "finite"),
        (lambda: Projection.from_dense("a", "b", np.ones((2, 2)), np.ones((3, 3))), "do not fit"),
        (lambda: _graph(_projection(pre=(3,))), "neuron 3 lies outside 'in'"),
        (lambda: _graph(_projection("a", "in")), "cannot receive"),
        (lambda: _graph(_projection("out", "a")), "does not spike"),
        (lambda: _graph(_projection("b", "a")), "no population is called 'b'"),
        (lambda: _graph(_projection("a", "a")), "loop"),
        (lambda: _graph(populations=[Population("in", 1, "input")] * 2), "repeat"),
        (lambda: NetworkGraph((), (), 0.0), "dt is 0.0"),
    ],
)
def test_errors_say_what_is_wrong(make, message):
    with pytest.raises(GraphError, match=message):
        make()
