"""The software run of a graph against a plain loop over synapses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.snn import GraphError, NetworkGraph, Population, Projection, simulate
from polychrony.snn.simulate import membrane_potentials


def _random_graph(rng, v_reset):
    def dense(n_out, n_in):
        return rng.normal(size=(n_out, n_in)) * (rng.random((n_out, n_in)) < 0.8)

    def join(source, target, n_in, n_out):
        delay = rng.integers(0, 4, (n_out, n_in))
        return Projection.from_dense(source, target, dense(n_out, n_in), delay)

    hidden = Population(
        "hidden", 6, "lif", decay=rng.random(6), v_threshold=0.7, v_reset=v_reset, bias=0.05
    )
    populations = (
        Population("left", 3, "input"),
        Population("right", 2, "input"),
        hidden,
        Population("out", 2, "li", decay=0.9, bias=[0.1, -0.1]),
    )
    projections = (
        join("left", "hidden", 3, 6),
        join("right", "hidden", 2, 6),
        join("hidden", "out", 6, 2),
        join("left", "out", 3, 2),
    )
    return NetworkGraph(populations, projections, 1e-3)


def _slowly(graph, inputs):
    """One synapse and one step at a time, in Python floats rounded as documented."""
    spikes = {name: array.astype(int) for name, array in inputs.items()}
    steps, batch = next(iter(spikes.values())).shape[:2]
    potentials = {}
    for population in graph.order():
        if population.kind == "input":
            continue
        current = np.tile(population.bias.astype(float), (steps, batch, 1))
        for projection in graph.incoming(population.name):
            for row in range(projection.n_synapses):
                i, j, d = projection.pre[row], projection.post[row], projection.delay[row]
                late = float(projection.weight[row]) * spikes[projection.source][: steps - d, :, i]
                current[d:, :, j] += late
        current = current.astype(np.float32)
        v = np.zeros((batch, population.size), np.float32)
        fired, trace = np.zeros(current.shape, np.uint8), np.zeros_like(current)
        for t in range(steps):
            v = v * population.decay + current[t]
            if population.kind == "lif":
                fired[t] = v >= population.v_threshold
                hard = population.v_reset is not None
                after = np.float32(population.v_reset) if hard else v - population.v_threshold
                v = np.where(fired[t], after, v).astype(np.float32)
            trace[t] = v
        potentials[population.name] = trace
        if population.kind == "lif":
            spikes[population.name] = fired.astype(int)
    return spikes, potentials


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**31), v_reset=st.sampled_from([0.0, -0.5, None]))
def test_equals_a_loop_over_synapses(seed, v_reset):
    rng = np.random.default_rng(seed)
    graph = _random_graph(rng, v_reset)
    inputs = {
        "left": rng.integers(0, 3, (12, 2, 3)).astype(np.uint8),
        "right": rng.integers(0, 2, (12, 2, 2)).astype(np.uint8),
    }
    activity = simulate(graph, inputs)
    spikes, potentials = _slowly(graph, inputs)
    for name, expected in spikes.items():
        np.testing.assert_array_equal(activity.spikes[name], expected, err_msg=name)
    np.testing.assert_array_equal(activity.potentials["out"], potentials["out"])
    activity.check(graph)
    found = dict(membrane_potentials(graph, activity))
    assert list(found) == ["hidden", "out"]
    for name, trace in found.items():
        np.testing.assert_array_equal(trace, potentials[name], err_msg=name)


def test_the_batch_does_not_matter():
    rng = np.random.default_rng(3)
    graph = _random_graph(rng, 0.0)
    inputs = {"left": rng.integers(0, 3, (20, 5, 3)), "right": rng.integers(0, 2, (20, 5, 2))}
    together = simulate(graph, inputs)
    alone = [simulate(graph, {k: v[:, b : b + 1] for k, v in inputs.items()}) for b in range(5)]
    parts = np.concatenate([activity.potentials["out"] for activity in alone], axis=1)
    np.testing.assert_array_equal(parts, together.potentials["out"])


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"left": np.zeros((4, 1, 3))}, "needs"),
        ({"left": np.zeros((4, 1, 3)), "right": np.zeros((4, 1, 3))}, r"\[T, B, 2\]"),
        ({"left": np.full((4, 1, 3), 0.5), "right": np.zeros((4, 1, 2))}, "whole spike counts"),
        ({"left": np.full((4, 1, 3), -1), "right": np.zeros((4, 1, 2))}, "0 to 255"),
        (np.zeros((4, 1, 3)), "2 inputs"),
    ],
)
def test_errors_say_what_is_wrong(inputs, message):
    graph = _random_graph(np.random.default_rng(0), 0.0)
    with pytest.raises(GraphError, match=message):
        simulate(graph, inputs)
