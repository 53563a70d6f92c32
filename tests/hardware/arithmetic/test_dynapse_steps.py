from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware.arithmetic.dynapse_steps import integrate_steps
from polychrony.hardware.errors import HardwareError

DT = 1e-3


def network(seed, n_in=5, n=3, n_steps=20, n_samples=2):
    """Spikes, and synapses with delays from each source to each neuron."""
    rng = np.random.default_rng(seed)
    spikes = (rng.random((n_steps, n_samples, n_in)) < 0.3) * rng.integers(1, 3, n_in)
    post = np.tile(np.arange(n), n_in)
    delay, weight = rng.integers(0, 4, n_in * n), rng.normal(0.2, 0.4, n_in * n)
    return spikes.astype(np.uint8), np.arange(n_in + 1) * n, post, delay, weight


def current(spikes, row_ptr, post, delay, weight, n):
    """Sum of what arrives in each step, one synapse after the other, [T, B, N]."""
    total = np.zeros((*spikes.shape[:2], n))
    for source in range(len(row_ptr) - 1):
        for s in range(row_ptr[source], row_ptr[source + 1]):
            kept = len(spikes) - delay[s]
            total[delay[s] :, :, post[s]] += weight[s] * spikes[:kept, :, source]
    return total


def discrete(total, decay, bias, threshold):
    """h = decay v + bias + I, reset to 0; the first step has no bias. Also v."""
    v, fired, after = np.zeros(total.shape[1:]), np.zeros(total.shape, np.uint8), []
    for t in range(len(total)):
        h = decay * v + (bias if t else 0) + total[t]
        fired[t] = h >= threshold
        v = np.where(fired[t], 0.0, h)
        after.append(v)
    return fired, np.array(after)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.floats(0.05, 0.99),
    st.floats(-0.2, 0.99),
    st.sampled_from([None, 0.0]),
)
def test_equals_the_discrete_neuron(seed, decay, v_inf, latency):
    synapses, bias = network(seed), v_inf * (1 - decay)
    fired, v = discrete(current(*synapses, 3), decay, bias, 1.0)
    trace = integrate_steps(
        *synapses, n=3, dt=DT, tau=-DT / np.log(decay), v_inf=v_inf, threshold=1.0, latency=latency
    )
    assert np.array_equal(trace.spikes, fired)
    assert trace.v == pytest.approx(decay * v + bias, abs=1e-12)


def test_refractory_period_of_a_step_changes_nothing_without_bias():
    synapses = network(5, n_steps=100)
    fired, _ = discrete(current(*synapses, 3), 0.8, 0.0, 1.0)
    assert fired.sum() > 20
    for refractory in (0.5 * DT, DT):
        options = {"tau": -DT / np.log(0.8), "threshold": 1.0, "refractory": refractory}
        assert np.array_equal(integrate_steps(*synapses, n=3, dt=DT, **options).spikes, fired)
    options["refractory"] = 2.5 * DT
    assert not np.array_equal(integrate_steps(*synapses, n=3, dt=DT, **options).spikes, fired)


def test_a_thousandth_of_a_step_forgets_everything():
    synapses = network(6)
    fired, _ = discrete(current(*synapses, 3), 0.0, 0.0, 0.7)
    trace = integrate_steps(*synapses, n=3, dt=DT, tau=DT / 1000, threshold=0.7)
    assert fired.any()
    assert np.array_equal(trace.spikes, fired)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-0.5, 3.0), st.floats(0, 4e-3))
def test_steps_and_single_events_agree(seed, v_inf, refractory):
    """Fast path, all events at once, against the slow one, each at its time."""
    rng = np.random.default_rng(seed)
    options = {"n": 3, "dt": DT, "tau": rng.uniform(2e-3, 2e-2, 3), "v_inf": v_inf, "times": True}
    options |= {"threshold": rng.uniform(0.8, 1.2, 3), "refractory": refractory, "v_reset": -0.1}
    fast = integrate_steps(*network(seed), **options)
    slow = integrate_steps(*network(seed), latency=0.0, **options)
    assert np.array_equal(fast.spikes, slow.spikes)
    assert fast.v == pytest.approx(slow.v, abs=1e-9)
    assert fast.time == pytest.approx(slow.time, abs=1e-12)
    assert np.array_equal(fast.sample, slow.sample)
    assert np.array_equal(np.bincount(fast.neuron, minlength=3), fast.spikes.sum(axis=(0, 1)))


def one_spike(latency, delay=0, **options):
    spikes = np.zeros((5, 1, 1), np.uint8)
    spikes[1] = 1
    options = {"tau": 5e-3, "threshold": 1.0, **options}
    one = np.zeros(1, np.int64)
    return integrate_steps(
        spikes,
        np.array([0, 1]),
        one,
        one + delay,
        np.ones(1),
        n=1,
        dt=DT,
        latency=latency,
        times=True,
        **options,
    )


@pytest.mark.parametrize(
    ("latency", "delay", "step"),
    [(None, 0, 1), (None, 2, 3), (0.4e-3, 0, 1), (0.4e-3, 2, 3), (1.4e-3, 1, 3), (1e-3, 0, 2)],
)
def test_latency_comes_on_top_of_the_delay(latency, delay, step):
    trace = one_spike(latency, delay)
    assert np.flatnonzero(trace.spikes).tolist() == [step]
    assert trace.time == pytest.approx([(1 + delay) * DT + (latency or 0.0)])


def test_an_event_after_the_end_is_lost():
    assert not one_spike(None, delay=4).spikes.any()
    assert not one_spike(10e-3).spikes.any()


def test_several_spikes_fall_in_one_step():
    trace = one_spike(None, v_inf=2.0, tau=0.5e-3)
    period = 0.5e-3 * np.log(2)
    before = np.arange(1, 9) * period
    assert trace.spikes[0, 0, 0] == (before < DT).sum() == 2
    assert trace.time[:2] == pytest.approx(before[:2])


@pytest.mark.parametrize("latency", [None, 0.3e-3])
def test_batch_equals_single_samples_and_time_can_be_cut(latency):
    spikes, *synapses = network(8, n_steps=40, n_samples=4)
    options = {"n": 3, "dt": DT, "tau": 8e-3, "threshold": 1.0, "v_inf": 1.1, "refractory": 1e-3}
    options |= {"latency": latency, "times": True}
    whole = integrate_steps(spikes, *synapses, **options)
    assert whole.spikes.any()
    for b in range(4):
        alone = integrate_steps(spikes[:, b : b + 1], *synapses, **options)
        assert np.array_equal(alone.spikes, whole.spikes[:, b : b + 1])
        assert np.array_equal(alone.v, whole.v[:, b : b + 1])
        assert np.array_equal(alone.time, whole.time[whole.sample == b])
    changed = spikes.copy()
    changed[25:] = 1
    later = integrate_steps(changed, *synapses, **options)
    assert np.array_equal(later.spikes[:25], whole.spikes[:25])


def test_times_are_empty_unless_asked_for():
    trace = integrate_steps(*network(8), n=3, dt=DT, tau=8e-3, threshold=1.0)
    assert trace.spikes.any()
    assert not trace.time.size


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"latency": -1e-3}, "latency must be finite, 0 s or above"),
        ({"latency": np.zeros(2)}, "for each of 1 synapses"),
        ({"latency": None, "v_inf": 1e4}, "fires [0-9]+ times in step 0"),
    ],
)
def test_what_cannot_be_is_refused(changes, message):
    with pytest.raises(HardwareError, match=message):
        one_spike(**changes)


def test_a_step_must_last():
    with pytest.raises(HardwareError, match="a step must last"):
        integrate_steps(*network(0), n=3, dt=0.0, tau=1.0, threshold=1.0)
