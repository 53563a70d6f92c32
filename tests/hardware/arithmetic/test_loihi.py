from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware.arithmetic.loihi import NEVER, integrate, loihi_lif, synaptic_weight
from polychrony.hardware.errors import HardwareError


def shrink(x: int, decay: int) -> int:
    sign = (x > 0) - (x < 0)
    return sign * (abs(x) * (4096 - decay) // 4096)


def reference(spikes, weights, decay_u, decay_v, v_threshold, refractory, exponent, bias):
    """The equations, in Python's unbounded integers; also the largest magnitude on the way."""
    n_steps, n = len(spikes), len(weights[0])
    us, vs, fired = ([[0] * n for _ in range(n_steps)] for _ in range(3))
    peak = 0
    for j in range(n):
        u = v = 0
        blocked_until = 0
        for t in range(n_steps):
            q = 0
            for i, spike in enumerate(spikes[t]):
                if spike:
                    numerator = int(weights[i][j]) * 2 ** (6 + exponent + 8)
                    q += min(max(numerator // (64 * 2**8) * 64, 64 - 2**21), 2**21 - 64)
            u = shrink(u, decay_u) + q
            if t >= blocked_until:
                v = shrink(v, decay_v) + u + bias
                peak = max(peak, abs(v))
                if v > v_threshold * 64:
                    fired[t][j], v = 1, 0
                    blocked_until = t + refractory
            peak = max(peak, abs(u))
            us[t][j], vs[t][j] = u, v
    return (np.array(us), np.array(vs), np.array(fired, bool)), peak


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 4096),
    st.integers(0, 4096),
    st.integers(0, 400) | st.integers(0, 2**17 - 1),
    st.integers(1, 5),
    st.integers(-8, 7),
    st.integers(-50, 50) | st.integers(-(2**20), 2**20),
)
def test_every_bit_agrees_with_the_equations(
    seed, decay_u, decay_v, v_threshold, refractory, exponent, bias
):
    rng = np.random.default_rng(seed)
    spikes = rng.random((17, 5)) < 0.4
    weights = rng.integers(-256, 256, (5, 3))
    weights[0, 0] = -256  # clipped at the largest exponent
    parameters = {"decay_u": decay_u, "decay_v": decay_v, "v_threshold": v_threshold}
    parameters |= {"refractory": refractory, "exponent": exponent, "bias": bias}
    expected, peak = reference(spikes, weights, **parameters)
    if peak >= 2**23:
        with pytest.raises(HardwareError, match="leaves the range"):
            loihi_lif(spikes, weights, **parameters)
        return
    for got, want in zip(loihi_lif(spikes, weights, **parameters), expected, strict=True):
        assert np.array_equal(got, want)


def test_one_spike_by_hand():
    spikes = np.array([[1], [0], [0]], bool)
    u, v, s = loihi_lif(spikes, [[10]], decay_u=2048, decay_v=1024, v_threshold=14)
    assert u[:, 0].tolist() == [640, 320, 160]
    # floor(640 * 3/4) + 320 = 800; floor(800 * 3/4) + 160 = 760; 14 * 64 = 896 is not passed
    assert v[:, 0].tolist() == [640, 800, 760]
    assert (u.dtype, v.dtype, s.dtype) == (np.int64, np.int64, bool)
    assert not s.any()


def test_negative_potential_decays_towards_zero():
    spikes = np.array([[1], [0]], bool)
    _, v, _ = loihi_lif(spikes, [[-1]], decay_u=4096, decay_v=100, v_threshold=10)
    assert v[:, 0].tolist() == [-64, -62]  # -64 * 3996 / 4096 = -62.4, not -63


def test_threshold_must_be_passed_not_reached():
    spikes = np.ones((1, 1), bool)
    exact = {"decay_u": 4096, "decay_v": 0}
    assert not loihi_lif(spikes, [[5]], v_threshold=5, **exact).spikes.any()
    assert loihi_lif(spikes, [[5]], v_threshold=5, bias=1, **exact).spikes.all()


@pytest.mark.parametrize(("refractory", "fires"), [(1, [0, 1, 2, 3]), (2, [0, 2]), (3, [0, 3])])
def test_refractory_1_leaves_the_next_step_free(refractory, fires):
    spikes = np.ones((4, 1), bool)
    trace = loihi_lif(spikes, [[9]], decay_u=4096, decay_v=0, v_threshold=1, refractory=refractory)
    assert np.flatnonzero(trace.spikes[:, 0]).tolist() == fires
    assert not trace.v.any()


def test_current_keeps_integrating_while_refractory():
    spikes = np.array([[1], [1], [0]], bool)
    trace = loihi_lif(spikes, [[9]], decay_u=0, decay_v=0, v_threshold=1, refractory=2)
    assert trace.u[:, 0].tolist() == [576, 1152, 1152]


def test_parameters_may_differ_between_neurons():
    spikes = np.ones((3, 1), bool)
    both = loihi_lif(
        spikes, [[3, 3]], decay_u=4096, decay_v=np.array([0, 4096]), v_threshold=np.array([9, 2])
    )
    assert both.v[:, 0].tolist() == [192, 384, 576]
    assert both.spikes[:, 1].all()


def test_weight_floors_to_whole_steps_and_clips():
    assert synaptic_weight(3, 0) == 192
    assert synaptic_weight(3, -1) == 64
    assert synaptic_weight(-3, -1) == -128
    assert synaptic_weight(255, 7) == 255 * 128 * 64
    assert synaptic_weight(-256, 7) == -(2**21 - 64)


@pytest.mark.parametrize("sign", [1, -1])
def test_overflow_is_refused_with_place(sign):
    spikes = np.ones((60, 1), bool)
    with pytest.raises(HardwareError, match=r"neuron 1 leaves the range .* at step \d+ of"):
        loihi_lif(
            spikes, [[0, sign * 255]], decay_u=0, decay_v=4096, v_threshold=2**17 - 1, exponent=4
        )


def test_batch_equals_single_samples_and_never_never_fires():
    rng = np.random.default_rng(0)
    current = rng.integers(-300, 400, (15, 4, 3)) * 64
    parameters = {
        "decay_u": np.array([4096, 2000, 100]),
        "decay_v": np.array([300, 200, 100]),
        "threshold": np.array([640, 64_000, NEVER]),
        "bias": np.zeros(3, np.int64),
    }
    v, spikes = integrate(current.copy(), **parameters)
    in_place = integrate(current.copy(), **parameters, keep_u=False)
    assert np.array_equal(in_place[0], v)
    assert np.array_equal(in_place[1], spikes)
    for b in range(4):
        alone = integrate(current[:, b : b + 1].copy(), **parameters)
        assert np.array_equal(alone[0], v[:, b : b + 1])
        assert np.array_equal(alone[1], spikes[:, b : b + 1])
    assert spikes[..., 0].any()
    assert not spikes[..., 2].any()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": [[300]]}, "9 bits hold -256 to 255"),
        ({"weights": [[0.5]]}, "integer mantissas"),
        ({"weights": [[1], [2]]}, r"must be \[T, N_in\] and \[N_in, N\]"),
        ({"spikes": np.full((2, 1), 2)}, "spikes must be bool"),
        ({"decay_u": 4097}, "decay_u is 4097, allowed are 0 to 4096"),
        ({"decay_v": -1}, "decay_v is -1"),
        ({"decay_v": 0.5}, "decay_v must be an integer"),
        ({"v_threshold": 2**17}, "v_threshold is 131072"),
        ({"v_threshold": np.zeros(3, int)}, r"expected a scalar or \(1,\)"),
        ({"exponent": 8}, "weight exponent is 8, allowed are -8 to 7"),
        ({"refractory": 0}, "refractory is 0 steps"),
    ],
)
def test_arguments_out_of_range_are_refused(changes, message):
    arguments = {"spikes": np.ones((2, 1), bool), "weights": [[1]], "decay_u": 0, "decay_v": 0}
    arguments |= {"v_threshold": 1, **changes}
    spikes, weights = arguments.pop("spikes"), arguments.pop("weights")
    with pytest.raises(HardwareError, match=message):
        loihi_lif(spikes, weights, **arguments)
