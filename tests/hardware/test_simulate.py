from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from polychrony.hardware.arithmetic.loihi import loihi_lif
from polychrony.hardware.chips.loihi import LOIHI
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.quantize import quantize
from polychrony.hardware.simulate import run_on_chip
from polychrony.snn.errors import GraphError
from polychrony.snn.graph import NetworkGraph, Population, Projection
from polychrony.snn.simulate import simulate


def test_layer_equals_the_chip_arithmetic_on_delayed_spikes():
    rng = np.random.default_rng(5)
    weight = rng.normal(0.1, 0.5, (3, 4)).astype(np.float32)
    delay = rng.integers(0, 5, (3, 4))
    graph = NetworkGraph(
        (Population("in", 4, "input"), Population("h", 3, "lif", decay=0.75, bias=0.01)),
        (Projection.from_dense("in", "h", weight, delay),),
        dt=1e-3,
    )
    spikes = (rng.random((30, 1, 4)) < 0.3).astype(np.uint8)
    quantized = quantize(graph, LOIHI)
    h, synapses = quantized.populations["h"], quantized.projections[0]
    # Every synapse becomes an input line of its own, fed with its source's spikes shifted.
    pre = graph.projections[0].pre
    lines = np.zeros((30, len(pre)), bool)
    mantissas = np.zeros((len(pre), 3), int)
    for s, (i, j, d) in enumerate(zip(pre, synapses.post, synapses.delay, strict=True)):
        lines[d:, s] = spikes[: 30 - d, 0, i] > 0
        mantissas[s, j] = synapses.mantissa[s]
    expected = loihi_lif(
        lines,
        mantissas,
        decay_u=4096,
        decay_v=h.decay_v,
        v_threshold=h.threshold,
        exponent=h.exponent,
        bias=h.bias,
    )
    got = run_on_chip(quantized, {"in": spikes}).spikes["h"]
    assert expected.spikes.any()
    assert np.array_equal(got[:, 0], expected.spikes)


def test_exact_network_runs_as_in_software():
    """Weights of m/255 and decays of 0 or 1 are exact in both, so every spike must agree."""
    rng = np.random.default_rng(6)
    weight = rng.integers(1, 256, (6, 8)) / 255
    weight[0, 0] = 1.0
    decay = np.array([0, 1, 0, 1, 0, 1])
    graph = NetworkGraph(
        (
            Population("in", 8, "input"),
            Population("h", 6, "lif", decay=decay, v_threshold=1.5),
            Population("out", 2, "li", decay=1.0),
        ),
        (
            Projection.from_dense("in", "h", weight, rng.integers(0, 63, (6, 8))),
            Projection.from_dense("h", "out", [[1] * 6, [0.2] * 6]),
        ),
        dt=1e-3,
    )
    spikes = rng.poisson(0.2, (120, 5, 8)).astype(np.uint8)
    software = simulate(graph, {"in": spikes})
    hardware = run_on_chip(quantize(graph, LOIHI), {"in": spikes})
    assert software.spikes["h"].sum() > 100
    assert np.array_equal(software.spikes["h"], hardware.spikes["h"])
    assert np.allclose(software.potentials["out"], hardware.potentials["out"], rtol=1e-5)


def test_batch_does_not_matter(small_graph, counts):
    quantized = quantize(small_graph, LOIHI)
    together = run_on_chip(quantized, {"in": counts})
    alone = run_on_chip(quantized, {"in": counts[:, 3:4]})
    assert together.spikes["hidden"].any()
    assert np.array_equal(together.spikes["hidden"][:, 3:4], alone.spikes["hidden"])
    assert np.array_equal(together.potentials["out"][:, 3:4], alone.potentials["out"])


def test_silence_stays_at_rest(small_graph, counts):
    run = run_on_chip(quantize(small_graph, LOIHI), {"in": np.zeros_like(counts)})
    assert not run.spikes["hidden"].any()
    assert not run.potentials["out"].any()


def test_future_input_changes_nothing_before_it(small_graph, counts):
    quantized = quantize(small_graph, LOIHI)
    changed = counts.copy()
    changed[12:] += 1
    before, after = (run_on_chip(quantized, {"in": x}) for x in (counts, changed))
    assert np.array_equal(before.spikes["hidden"][:12], after.spikes["hidden"][:12])
    assert not np.array_equal(before.spikes["hidden"], after.spikes["hidden"])


def test_overflow_names_the_population(small_graph, counts):
    graph = NetworkGraph(
        (Population("in", 1, "input"), Population("sum", 1, "li", decay=1.0)),
        (Projection.from_dense("in", "sum", [[1.0]]),),
        dt=1e-3,
    )
    with pytest.raises(HardwareError, match="sum: neuron 0 leaves the range"):
        run_on_chip(quantize(graph, LOIHI), {"in": np.full((40, 1, 1), 255, np.uint8)})


def test_input_of_another_network_is_refused(small_graph, counts):
    with pytest.raises(GraphError, match="expected"):
        run_on_chip(quantize(small_graph, LOIHI), {"in": counts[:, :, :5]})


def test_the_widths_are_those_of_the_chip():
    """A potential of 1 decays by a quarter per step: 3 of 4 in two bits, 3072 of 4096 in twelve."""
    graph = NetworkGraph(
        (Population("in", 1, "input"), Population("out", 1, "li", decay=0.75)),
        (Projection.from_dense("in", "out", np.ones((1, 1)), np.zeros((1, 1), int)),),
        dt=1e-3,
    )
    coarse = replace(LOIHI, numbers=replace(LOIHI.numbers, decay_bits=2))
    once = {"in": np.eye(3, 1, dtype=np.uint8)[:, None]}
    quantized = quantize(graph, coarse)
    assert quantized.populations["out"].decay_v == 1
    potential = run_on_chip(quantized, once).potentials["out"].ravel()
    assert potential == pytest.approx([1, 0.75, 0.5625], rel=1e-3)
    narrow = replace(LOIHI, numbers=replace(LOIHI.numbers, state_bits=6))
    with pytest.raises(HardwareError, match=r"leaves the range of \+-63"):
        run_on_chip(quantize(graph, narrow), once)
