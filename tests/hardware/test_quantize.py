from __future__ import annotations

import numpy as np
import pytest

from polychrony.hardware.chips.loihi import LOIHI
from polychrony.hardware.errors import ChipLimitError, HardwareError
from polychrony.hardware.quantize import quantize
from polychrony.snn.graph import NetworkGraph, Population, Projection


def graph_of(weight: object, **hidden: object) -> NetworkGraph:
    weight = np.asarray(weight, np.float32)
    target = Population("h", weight.shape[0], **{"kind": "lif", **hidden})
    source = Population("in", weight.shape[1], "input")
    return NetworkGraph((source, target), (Projection.from_dense("in", "h", weight),), dt=1e-3)


def test_weights_are_stored_within_half_a_step(small_graph):
    quantized = quantize(small_graph, LOIHI)
    for real, stored in zip(small_graph.projections, quantized.projections, strict=True):
        population = quantized.populations[real.target]
        assert (stored.mantissa % 2 == 0).all()
        assert np.abs(stored.mantissa).max() <= 254
        assert (stored.weight == stored.mantissa * 64 * 2**population.exponent).all()
        step = 2 * 64 * 2**population.exponent / population.scale
        assert np.abs(stored.weight / population.scale - real.weight).max() <= step / 2 * 1.0001
    top = max(np.abs(p.mantissa).max() for p in quantized.projections if p.target == "hidden")
    assert top == 254


def test_one_sign_uses_every_mantissa():
    stored = quantize(graph_of([[255, 254, 1]]), LOIHI).projections[0]
    assert stored.mantissa.tolist() == [255, 254, 1]


def test_weights_that_add_up_to_the_threshold_reach_it():
    quantized = quantize(graph_of([[0.25, 0.5]], v_threshold=1.0), LOIHI)
    threshold = quantized.populations["h"].threshold_units(LOIHI.numbers)[0]
    half = quantized.projections[0].weight[1]
    assert half * 2 > threshold
    assert half * 2 - 64 <= threshold


def test_decay_and_bias_are_rounded_and_scaled():
    population = quantize(graph_of([[0.5]], decay=0.9, bias=-0.01), LOIHI).populations["h"]
    assert population.decay_v.tolist() == [410]  # 0.1 * 4096 = 409.6
    assert population.bias[0] == round(-0.01 * population.scale)
    assert population.error.decay_max == pytest.approx(0.4 / 4096, rel=1e-3)
    assert population.error.bias_max <= 0.5 / population.scale


def test_errors_are_those_of_the_integers():
    weight = np.array([[1.0, -0.3, 0.001]])
    error = quantize(graph_of(weight), LOIHI).errors[0]
    rounded = 2 * np.rint(weight * 127) / 254
    assert error.weight_max == pytest.approx(np.abs(rounded - weight).max(), rel=1e-5)
    assert error.weight_rms == pytest.approx(np.sqrt(np.mean((rounded - weight) ** 2)), rel=1e-5)
    assert error.weights_lost == 1


def test_readout_never_fires():
    quantized = quantize(graph_of([[0.5]], kind="li"), LOIHI)
    assert quantized.populations["h"].threshold is None
    assert (quantized.populations["h"].threshold_units(LOIHI.numbers) > 2**40).all()


def test_exponent_may_be_given():
    quantized = quantize(graph_of([[1.0, -0.5]]), LOIHI, {"h": -1})
    assert quantized.populations["h"].exponent == -1
    assert quantized.projections[0].weight.tolist() == [127 * 64, -63 * 64 - 64]
    with pytest.raises(HardwareError, match="exponent 9 is outside -8 to 7"):
        quantize(graph_of([[1.0]]), LOIHI, {"h": 9})
    with pytest.raises(HardwareError, match=r"\['g'\], not on the chip"):
        quantize(graph_of([[1.0]]), LOIHI, {"g": 0})


def test_weights_lost_beside_the_threshold_are_an_error():
    with pytest.raises(HardwareError, match="h: every weight is lost beside a threshold of 1 V"):
        quantize(graph_of([[1e-6, -1e-6]]), LOIHI)


def test_network_beyond_the_chip_is_refused():
    with pytest.raises(ChipLimitError, match="soft"):
        quantize(graph_of([[1.0]], v_reset=None), LOIHI)


def test_population_without_synapses_runs_on_its_bias():
    lonely = NetworkGraph(
        (Population("in", 1, "input"), Population("h", 2, "lif", bias=0.3)), (), dt=1e-3
    )
    population = quantize(lonely, LOIHI).populations["h"]
    assert population.bias[0] / population.scale == pytest.approx(0.3, rel=1e-3)
