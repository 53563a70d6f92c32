from __future__ import annotations

from dataclasses import replace

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


def test_each_neuron_keeps_its_own_weights_and_signs_have_fixed_types(axon_chip):
    quantized = quantize(graph_of([[1, -0.5, 0.5, -1], [-1, -0.5, -1, 1]]), axon_chip)
    h, synapses = quantized.populations["h"], quantized.projections[0]
    # 255 would make 0.5 inexact: the most exact scale wins.
    assert h.scale == pytest.approx(254)
    assert h.levels.tolist() == [[254, 127, -127, -254], [254, 0, -127, -254]]
    assert h.threshold.tolist() == [254, 254]
    assert synapses.post.tolist() == [0, 1] * 4
    assert synapses.axon_type.tolist() == [0, 3, 2, 2, 1, 3, 3, 0]
    assert synapses.weight.tolist() == [254, -254, -127, -127, 127, -254, -254, 254]
    assert synapses.mantissa is None
    assert quantized.errors[0].weight_max < 1e-6


def test_what_is_next_to_nothing_is_not_stored_and_counted(axon_chip):
    weight = np.r_[np.linspace(0.9, 1, 9), 0.001, np.linspace(-1, -0.9, 9)][None]
    quantized = quantize(graph_of(weight), axon_chip)
    types = quantized.projections[0].axon_type
    assert np.flatnonzero(types < 0).tolist() == [9]
    assert quantized.projections[0].weight[9] == 0
    assert (quantized.projections[0].n_dropped, quantized.errors[0].weights_lost) == (1, 1)
    assert quantized.errors[0].weight_max < 0.03


def test_errors_are_those_of_the_integers(axon_chip):
    weight = np.random.default_rng(0).normal(size=(5, 60)).astype(np.float32)
    graph = graph_of(weight, decay=0.9, bias=0.013, v_threshold=1.1)
    quantized = quantize(graph, axon_chip)
    h, error = quantized.populations["h"], quantized.errors[0]
    off = quantized.projections[0].weight / h.scale - graph.projections[0].weight
    largest = np.abs(weight).max()
    assert error.weight_max == pytest.approx(np.abs(off).max() / largest)
    assert error.weight_rms == pytest.approx(np.sqrt(np.mean(off**2)) / largest)
    assert 0.0 < error.weight_rms < 0.1
    assert error.bias_max == pytest.approx(np.abs(h.bias / h.scale - graph["h"].bias).max())
    assert error.threshold_max <= 1 / h.threshold.min()
    assert (h.leak == np.rint(0.1 * h.threshold)).all()
    # At half the threshold, the constant leak takes twice the share that the decay would.
    assert error.decay_max == pytest.approx(0.1, abs=0.02)


def test_decays_of_0_and_1_are_exact(axon_chip):
    quantized = quantize(graph_of([[1.0], [1.0]], decay=[0.0, 1.0]), axon_chip)
    assert quantized.populations["h"].leak.tolist() == [2**19 - 1, 0]
    assert quantized.errors[0].decay_max == 0


def test_integers_stay_within_their_widths(axon_chip):
    graph = graph_of([[1e-4, -1e-4, 5e-5]], v_threshold=1.0)
    h = quantize(graph, axon_chip).populations["h"]
    assert np.abs(h.levels).max() <= 255
    assert h.threshold[0] + np.abs(h.levels).max() <= 2**19 - 1
    with pytest.raises(HardwareError, match="h: every weight is lost beside a threshold of 1 V"):
        quantize(graph_of([[5e-7, -5e-7]]), axon_chip)


def test_readout_runs_on_the_host_unless_potentials_can_be_read(axon_chip):
    graph = graph_of([[0.3, 0.7]], kind="li", decay=0.9)
    quantized = quantize(graph, axon_chip)
    assert (quantized.on_host, dict(quantized.populations)) == (("h",), {})
    assert np.array_equal(quantized.projections[0].weight, graph.projections[0].weight)
    assert quantized.projections[0].axon_type is None
    assert quantized.errors == ()
    readable = replace(axon_chip, readable_potential=True)
    with pytest.raises(HardwareError, match="a readout needs a decay of 0 or 1"):
        quantize(graph, readable)
    summed = quantize(graph_of([[0.3, 0.7]], kind="li", decay=1.0), readable)
    assert summed.populations["h"].threshold is None


def test_arguments_of_other_chips_are_refused(axon_chip):
    graph = graph_of([[1.0]])
    with pytest.raises(HardwareError, match="exponents does not apply to axons"):
        quantize(graph, axon_chip, {"h": 0})
    with pytest.raises(HardwareError, match="mismatch does not apply to axons"):
        quantize(graph, axon_chip, mismatch=0.1)


def test_population_without_synapses_runs_on_its_bias(axon_chip):
    lonely = NetworkGraph(
        (Population("in", 1, "input"), Population("h", 2, "lif", bias=0.3)), (), dt=1e-3
    )
    h = quantize(lonely, axon_chip).populations["h"]
    assert h.bias[0] / h.scale == pytest.approx(0.3, rel=1e-2)
