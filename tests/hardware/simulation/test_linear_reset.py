"""Networks with soft reset on TrueNorth."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware import cosimulate
from polychrony.hardware.chips.truenorth import TRUENORTH
from polychrony.hardware.prepare import Preparation
from polychrony.hardware.quantize import quantize
from polychrony.hardware.simulate import run_on_chip
from polychrony.snn.graph import NetworkGraph, Population, Projection
from polychrony.snn.simulate import simulate


def network(weight, **hidden):
    weight = np.asarray(weight, np.float32)
    return NetworkGraph(
        (
            Population("in", weight.shape[1], "input"),
            Population("h", weight.shape[0], "lif", v_reset=None, **hidden),
        ),
        (Projection.from_dense("in", "h", weight),),
        dt=1e-3,
    )


def unbounded(weights, kept, threshold, bias, counts):
    """h = kept v + w x + bias; fires once at the threshold and loses it. Python's own integers."""
    steps, samples = counts.shape[:2]
    fired = np.zeros((steps, samples, len(weights)), np.uint8)
    for b in range(samples):
        for j, row in enumerate(weights):
            v = 0
            for t in range(steps):
                v = kept[j] * v + bias[j]
                v += sum(int(w) * int(x) for w, x in zip(row, counts[t, b], strict=True))
                if v >= threshold[j]:
                    fired[t, b, j] = 1
                    v -= threshold[j]
    return fired


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    unit=st.sampled_from([Fraction(1, 8), Fraction(1, 4), Fraction(1, 2), Fraction(1)]),
    threshold=st.integers(1, 60),
)
def test_what_is_whole_fires_as_in_unbounded_integers(seed, unit, threshold):
    rng = np.random.default_rng(seed)
    values = rng.choice(np.arange(-20, 21), 4, replace=False)
    weights = rng.choice(values, (3, 6))
    weights[:, 0] = 20  # the largest weight fills 240 of 255 units, so that the unit divides all
    kept, bias = rng.integers(0, 2, 3), rng.integers(-3, 4, 3)
    weights[:, 1:] = np.where(np.isin(weights[:, 1:], values[:3]), weights[:, 1:], 0)
    counts = rng.poisson(0.5, (40, 2, 6))
    graph = network(
        weights * float(unit),
        decay=kept.astype(np.float32),
        v_threshold=np.float32(threshold * float(unit)),
        bias=(bias * float(unit)).astype(np.float32),
    )
    want = unbounded(weights, kept.tolist(), [threshold] * 3, bias.tolist(), counts)
    np.testing.assert_array_equal(simulate(graph, counts).spikes["h"], want)
    quantized = quantize(graph, TRUENORTH)
    assert quantized.errors[0].weight_max < 1e-6
    got = run_on_chip(quantized, {"in": counts.astype(np.uint8)}).spikes["h"]
    np.testing.assert_array_equal(got, want)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_chip_runs_its_own_integers_whatever_the_network(seed):
    rng = np.random.default_rng(seed)
    weight = rng.normal(0.2, 0.5, (4, 7))
    graph = network(
        weight,
        decay=rng.uniform(0, 1, 4).astype(np.float32),
        v_threshold=rng.uniform(0.5, 2, 4).astype(np.float32),
        bias=rng.normal(0, 0.05, 4).astype(np.float32),
    )
    counts = rng.poisson(0.4, (30, 2, 7)).astype(np.uint8)
    quantized = quantize(graph, TRUENORTH)
    own, synapses = quantized.populations["h"], quantized.projections[0]
    assert own.reset is None
    dense = np.zeros((4, 7), int)
    dense[synapses.post, graph.projections[0].pre] = synapses.weight
    want = np.zeros((30, 2, 4), np.uint8)
    for b in range(2):
        for j in range(4):
            v = 0
            for t in range(30):
                sign = (v > 0) - (v < 0)
                v = sign * max(abs(v) - int(own.leak[j]), 0) + int(own.bias[j])
                v += sum(int(w) * int(x) for w, x in zip(dense[j], counts[t, b], strict=True))
                if v >= int(own.threshold[j]):
                    want[t, b, j] = 1
                    v -= int(own.threshold[j])
    np.testing.assert_array_equal(run_on_chip(quantized, {"in": counts}).spikes["h"], want)


def test_a_threshold_that_is_subtracted_is_the_nearest():
    weight = [[1.0, -0.37]]
    soft = quantize(network(weight, v_threshold=0.7531), TRUENORTH)
    own = soft.populations["h"]
    assert own.threshold[0] == round(float(np.float32(0.7531)) * own.scale)


def test_rates_follow_the_input_where_hard_reset_would_forget():
    graph = network([[0.6]], decay=1.0)
    counts = np.ones((100, 1, 1), np.uint8)
    result = cosimulate(graph, counts, chip="truenorth", relays=True)
    assert result.spikes_hardware["h"] == result.spikes_software["h"] == 60
    assert result.spikes_differ["h"] == 0


def test_relays_and_mergers_beside_soft_reset():
    rng = np.random.default_rng(0)
    weight = rng.choice([-0.25, 0.25, 0.5], (3, 6)).astype(np.float32)
    delayed = Projection.from_dense("in", "a", weight, rng.integers(0, 30, (3, 6)))
    onward = Projection.from_dense("a", "b", np.full((2, 3), 0.5, np.float32), 20)
    soft = {"kind": "lif", "v_reset": None, "decay": 1.0, "v_threshold": 1.0}
    populations = (
        Population("in", 6, "input"),
        Population("a", 3, **soft),
        Population("b", 2, **soft),
    )
    graph = NetworkGraph(populations, (delayed, onward), 1e-3)
    on_chip = Preparation(relays=True)(graph, TRUENORTH)
    assert on_chip.fitted.relays
    counts = rng.poisson(0.3, (90, 2, 6)).astype(np.uint8)
    result = cosimulate(graph, counts, chip="truenorth", relays=True)
    assert result.spikes_software["b"] > 0
    assert result.spikes_differ == dict.fromkeys(result.spikes_differ, 0.0)
