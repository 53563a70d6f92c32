from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware.arithmetic.truenorth import integrate_truenorth, truenorth_neuron
from polychrony.hardware.errors import HardwareError

TOP = 2**19 - 1


def reference(spikes, crossbar, axon_type, weights, threshold, leak, reset, floor, leak_reversal):
    """The equations, in Python's unbounded integers; also the largest excursion."""
    n_ticks, n = len(spikes), len(weights)
    vs, fired, peak = np.zeros((n_ticks, n), int), np.zeros((n_ticks, n), bool), 0
    for j in range(n):
        v = 0
        for t in range(n_ticks):
            if leak_reversal:
                sign = (v > 0) - (v < 0)
                v = sign * max(abs(v) - leak, 0)
            else:
                v -= leak
            for i in range(len(crossbar)):
                if spikes[t][i] and crossbar[i][j]:
                    v += int(weights[j][axon_type[i]])
            peak = max(peak, v, -v - 1)
            if v >= threshold:
                fired[t, j] = True
                v = v - threshold if reset is None else reset
            elif floor is not None and v < floor:
                v = floor
            vs[t, j] = v
    return vs, fired, peak


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    threshold=st.integers(0, 900),
    leak=st.integers(-40, 40),
    reset=st.one_of(st.none(), st.integers(-200, 200)),
    floor=st.one_of(st.none(), st.integers(-300, 0)),
    leak_reversal=st.booleans(),
)
def test_every_bit_agrees_with_the_equations(seed, threshold, leak, reset, floor, leak_reversal):
    rng = np.random.default_rng(seed)
    spikes, crossbar = rng.random((15, 9)) < 0.4, rng.random((9, 3)) < 0.6
    axon_type, weights = rng.integers(0, 4, 9), rng.integers(-256, 256, (3, 4))
    options = {"threshold": threshold, "leak": abs(leak) if leak_reversal else leak}
    options |= {"reset": reset, "floor": floor, "leak_reversal": leak_reversal}
    v, fired, peak = reference(spikes, crossbar, axon_type, weights, **options)
    assert peak <= TOP
    got = truenorth_neuron(spikes, crossbar, axon_type, weights, **options)
    assert np.array_equal(got.v, v)
    assert np.array_equal(got.spikes, fired)


def one(inputs, **options):
    """One neuron whose axon 0 adds 10 and axon 1 takes 10; inputs are counts of either."""
    spikes = np.array([[x > 0, x < 0] for x in inputs])
    options = {"threshold": 100, **options}
    return truenorth_neuron(spikes, [[1], [1]], [0, 3], [[10, 0, 0, -10]], **options)


def test_one_neuron_by_hand():
    trace = one([1, 1, 0, 1, 1], threshold=20, leak=1)
    # 9, 18, 17, 26 fires, -1 + 10
    assert trace.v[:, 0].tolist() == [9, 18, 17, 0, 9]
    assert trace.spikes[:, 0].tolist() == [False, False, False, True, False]


def test_threshold_is_reached_not_passed():
    assert one([1], threshold=10).spikes.all()
    assert not one([1], threshold=11).spikes.any()


def test_leak_comes_before_the_input_and_reversal_stops_at_zero():
    assert one([1, -1], leak=3, leak_reversal=True).v[:, 0].tolist() == [10, -3]
    assert one([-1, 0, 0, 0, 0], leak=4, leak_reversal=True).v[:, 0].tolist() == [-10, -6, -2, 0, 0]
    assert one([-1, 0], leak=4).v[:, 0].tolist() == [-14, -18]
    assert one([0, 0], leak=-4).v[:, 0].tolist() == [4, 8]


def test_linear_reset_keeps_what_is_above_threshold():
    assert one([1, 1], threshold=7, reset=None).v[:, 0].tolist() == [3, 6]
    assert one([1, 1], threshold=7, reset=-5).v[:, 0].tolist() == [-5, 5]


def test_floor_saturates():
    assert one([-1, -1, 1], floor=-15).v[:, 0].tolist() == [-10, -15, -5]
    assert [one([-1], floor=x).v[0, 0] for x in (-9, -10, -11)] == [-9, -10, -10]


def test_crossbar_and_type_of_the_axon_choose_the_weight():
    weights = [[1, 2, 4, 8], [16, 32, 64, 128]]
    crossbar = [[1, 0], [1, 1], [0, 1]]
    v = truenorth_neuron(np.eye(3, dtype=bool), crossbar, [3, 1, 0], weights, threshold=999).v
    assert v.tolist() == [[8, 0], [10, 32], [10, 48]]


def test_range_has_20_bits_to_the_last_unit():
    v = np.zeros((2, 1, 1), np.int64)
    v[0] = TOP
    assert integrate_truenorth(v, threshold=None, leak=0)[0][1, 0, 0] == TOP
    lowest = np.array([[[-TOP - 1]], [[0]]])
    assert integrate_truenorth(lowest, threshold=None, leak=0)[0][1, 0, 0] == -TOP - 1
    message = r"a: neuron 0 leaves the range .* at step 0 of sample 0"
    with pytest.raises(HardwareError, match=message):
        integrate_truenorth(v, threshold=None, leak=np.array([-1]), name="a")
    with pytest.raises(HardwareError, match="at step 1 of sample 1"):
        two = np.zeros((2, 2, 1), np.int64)
        two[:, 1] = [[-TOP], [-2]]
        integrate_truenorth(two, threshold=None, leak=0)


def test_batch_equals_single_samples():
    rng = np.random.default_rng(0)
    current = rng.integers(-90, 100, (25, 4, 3))
    options = {"threshold": np.array([50, 200, 400]), "leak": np.array([1, 0, -2])}
    v, spikes = integrate_truenorth(current, **options)
    assert spikes.any()
    for b in range(4):
        alone = integrate_truenorth(current[:, b : b + 1], **options)
        assert np.array_equal(alone[0], v[:, b : b + 1])
        assert np.array_equal(alone[1], spikes[:, b : b + 1])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": [[256, 0, 0, 0]]}, "weights reaches from 0 to 256, allowed are -256 to 255"),
        ({"weights": [[0.5, 0, 0, 0]]}, "weights must be bool or integers"),
        ({"weights": [[1, 2, 3]]}, r"expected \[T, 1\] and \[1, 4\]"),
        ({"axon_type": [4]}, "axon_type reaches from 4 to 4, allowed are 0 to 3"),
        ({"crossbar": [[2]]}, "crossbar reaches from 2 to 2, allowed are 0 to 1"),
        ({"spikes": [[2]]}, "spikes reaches"),
        ({"spikes": [1]}, r"must be \[T, axons\]"),
        ({"threshold": -1}, "threshold is -1, allowed are 0"),
        ({"threshold": TOP + 1}, "threshold is"),
        ({"threshold": [1, 2]}, r"threshold has shape \(2,\), expected a scalar or \(1,\)"),
        ({"leak": 0.5}, "leak must be an integer"),
        ({"leak": -1, "leak_reversal": True}, "leak is -1"),
        ({"floor": 1}, "floor is 1"),
        ({"reset": TOP + 1}, "reset is"),
    ],
)
def test_arguments_out_of_range_are_refused(changes, message):
    arguments = {"spikes": [[1]], "crossbar": [[1]], "axon_type": [0], "weights": [[1, 0, 0, 0]]}
    arguments |= {"threshold": 1, **changes}
    inputs = [arguments.pop(key) for key in ("spikes", "crossbar", "axon_type", "weights")]
    with pytest.raises(HardwareError, match=message):
        truenorth_neuron(*inputs, **arguments)
