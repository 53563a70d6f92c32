from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polychrony.hardware.chips.loihi import LOIHI
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.scaling import find_scaling
from polychrony.snn.graph import NetworkGraph, Population, Projection

NUMBERS = LOIHI.numbers


def scaling_of(weight: object, decay: float, **fields: object):
    weight = np.asarray(weight, np.float32)
    target = Population("h", weight.shape[0], decay=decay, **{"kind": "lif", **fields})
    graph = NetworkGraph(
        (Population("in", weight.shape[1], "input"), target),
        (Projection.from_dense("in", "h", weight),),
        dt=1e-3,
    )
    return find_scaling(graph, target, NUMBERS)


@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.floats(0.0, 1.0))
def test_largest_weight_and_threshold_always_fit(largest, v_threshold, decay):
    scaling = scaling_of([[largest, -largest / 3]], decay, v_threshold=v_threshold)
    assert largest * scaling.mantissas_per_volt <= scaling.top * 1.000001
    mantissa = np.ceil(v_threshold * scaling.scale / NUMBERS.unit) - 1
    assert mantissa <= NUMBERS.threshold_max
    assert (v_threshold + largest) * scaling.scale <= NUMBERS.state_max * 1.000001


@given(st.floats(0.0, 0.99), st.integers(1, 60))
def test_exponent_above_0_cannot_overflow(decay, n_in):
    weight = np.full((1, n_in), 0.2)
    weight[0, ::2] = -0.3
    scaling = scaling_of(weight, decay)
    down = 0.3 * ((n_in + 1) // 2) / (1 - decay)
    up = 1.0 + 0.2 * (n_in // 2)
    if scaling.exponent > 0:
        assert max(down, up) * scaling.scale <= NUMBERS.state_max * 1.0001


def test_few_small_weights_get_a_large_exponent_and_unbounded_sums_none():
    assert scaling_of([[0.5, -0.5]], 0.5).exponent == 7
    assert scaling_of([[0.5, -0.5]], 1.0).exponent == 0


@pytest.mark.parametrize(
    ("weight", "step", "top"),
    [([[1, 2]], 1, 255), ([[-1, -2]], 1, 255), ([[1, -2]], 2, 254)],
)
def test_mixed_signs_cost_a_bit(weight, step, top):
    scaling = scaling_of(weight, 0.5)
    assert (scaling.step, scaling.top) == (step, top)


def test_weights_of_both_signs_with_two_bits_are_refused():
    graph = NetworkGraph(
        (Population("in", 2, "input"), Population("h", 1, "lif", decay=0.5)),
        (Projection.from_dense("in", "h", np.array([[0.5, -0.5]], np.float32)),),
        dt=1e-3,
    )
    with pytest.raises(HardwareError, match="h: no weight but 0 has 2 bits"):
        find_scaling(graph, graph["h"], replace(NUMBERS, weight_bits=2))
    assert find_scaling(graph, graph["h"], replace(NUMBERS, weight_bits=3)).top == 2


@pytest.mark.parametrize("spare", [0, 1, 5])
def test_each_spare_bit_halves_the_units(spare):
    weight, v_threshold = np.array([[0.5, -0.3]], np.float32), 1.0
    target = Population("h", 1, "lif", decay=0.5, v_threshold=v_threshold)
    graph = NetworkGraph(
        (Population("in", 2, "input"), target),
        (Projection.from_dense("in", "h", weight),),
        dt=1e-3,
    )
    usual = find_scaling(graph, target, NUMBERS)
    roomy = find_scaling(graph, target, NUMBERS, spare_bits=spare)
    assert roomy.scale == usual.scale / 2**spare
    assert roomy.exponent == usual.exponent - spare
    assert roomy.mantissas_per_volt == usual.mantissas_per_volt
    with pytest.raises(HardwareError, match=r"h: exponent -9 with 16 bits to spare is outside -8"):
        find_scaling(graph, target, NUMBERS, spare_bits=16)
