from __future__ import annotations

import numpy as np
import pytest

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.quantize import quantize
from polychrony.snn.graph import NetworkGraph, Population, Projection


def graph_of(weight, **hidden):
    weight = np.asarray(weight, np.float32)
    target = Population("h", weight.shape[0], **{"kind": "lif", **hidden})
    source = Population("in", weight.shape[1], "input")
    return NetworkGraph((source, target), (Projection.from_dense("in", "h", weight),), dt=1e-3)


def test_a_population_shares_two_weights_of_each_sign(analog_chip):
    weight = np.random.default_rng(0).normal(size=(20, 30))
    quantized = quantize(graph_of(weight), analog_chip, mismatch=0)
    h, synapses = quantized.populations["h"], quantized.projections[0]
    assert (h.levels[:2] > 0).all()
    assert (h.levels[2:] < 0).all()
    stored = np.where(synapses.axon_type < 0, 0, h.levels[synapses.axon_type])
    assert np.array_equal(synapses.weight, stored)
    real = quantized.graph.projections[0].weight
    others = np.abs(np.append(h.levels, 0)[:, None] - real).min(axis=0)
    assert np.allclose(np.abs(stored - real), others)
    assert quantized.errors[0].weights_lost == synapses.n_dropped > 0


def test_neurons_become_circuits(analog_chip):
    graph = graph_of([[1.0]] * 3, decay=[0.5, 1.0, 0.0], bias=[0.2, 0.0, 0.1], v_threshold=2.0)
    quantized = quantize(graph, analog_chip, mismatch=0)
    h = quantized.populations["h"]
    assert h.tau[:2] == pytest.approx([1e-3 / np.log(2), np.inf])
    assert h.tau[2] < 1e-4
    assert h.v_inf == pytest.approx([0.4, 0.0, 0.1])
    assert h.threshold.tolist() == [2, 2, 2]
    assert h.refractory == pytest.approx(0.9e-3)
    error = quantized.errors[0]
    assert max(error.decay_max, error.bias_max, error.threshold_max, error.weight_max) < 1e-7


def test_circuits_depart_as_much_as_the_chip_says_and_seeds_choose(analog_chip):
    graph = graph_of(np.ones((60, 50)), decay=0.9)
    first, again, other = (quantize(graph, analog_chip, seed=s) for s in (0, 0, 1))
    weights = [q.projections[0].weight for q in (first, again, other)]
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])
    assert (weights[0] > 0).all()
    assert weights[0].mean() == pytest.approx(1, abs=0.02)
    assert weights[0].std() == pytest.approx(0.2, abs=0.02)
    h = first.populations["h"]
    assert h.threshold.std() == pytest.approx(0.2, abs=0.08)
    assert not np.allclose(h.tau / h.tau.mean(), h.threshold / h.threshold.mean(), rtol=0.01)
    assert first.errors[0].threshold_max > 0.2
    assert first.errors[0].decay_max > 0.01


def test_another_population_changes_nothing(analog_chip):
    graph = graph_of(np.ones((3, 4)))
    more = NetworkGraph(
        (Population("g", 2, "lif"), *graph.populations),
        (Projection.from_dense("in", "g", np.ones((2, 4))), *graph.projections),
        graph.dt,
    )
    one, both = quantize(graph, analog_chip), quantize(more, analog_chip)
    assert np.array_equal(one.projections[0].weight, both.projections[1].weight)


def test_what_circuits_cannot_do_is_refused(analog_chip):
    with pytest.raises(HardwareError, match=r"h: a neuron without leak .* cannot have a bias"):
        quantize(graph_of([[1.0]], decay=1.0, bias=0.1), analog_chip)
    with pytest.raises(HardwareError, match="mismatch is -1"):
        quantize(graph_of([[1.0]]), analog_chip, mismatch=-1.0)
    with pytest.raises(HardwareError, match="exponents does not apply"):
        quantize(graph_of([[1.0]]), analog_chip, {"h": 1})
