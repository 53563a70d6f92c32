"""The potential that analog neurons start with, and what a discrete bias becomes through it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware.arithmetic.dynapse import integrate_continuous
from polychrony.hardware.arithmetic.dynapse_steps import integrate_steps
from polychrony.hardware.errors import HardwareError

DT = 1e-3


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_bias_below_the_threshold_is_a_resting_potential(seed):
    """h[t] = decay v[t-1] + bias + I[t] from v = 0: the first step's bias is where it starts."""
    rng = np.random.default_rng(seed)
    n, decay, threshold = 5, rng.uniform(0.1, 0.95, 5), rng.uniform(0.5, 1.5, 5)
    bias = (1 - decay) * threshold * rng.uniform(-1, 0.95, n)
    counts, weight = rng.poisson(0.3, (60, 3, n)).astype(np.uint8), rng.normal(0.4, 0.5, n)
    before, v, spikes = np.zeros((3, n)), np.zeros((60, 3, n)), np.zeros((60, 3, n), np.uint8)
    for t in range(60):
        h = decay * before + bias + weight * counts[t]
        spikes[t] = h >= threshold
        before = v[t] = np.where(spikes[t], -0.1, h)
    trace = integrate_steps(
        counts,
        np.arange(n + 1),
        np.arange(n),
        np.zeros(n, int),
        weight,
        n=n,
        dt=DT,
        tau=-DT / np.log(decay),
        v_inf=bias / (1 - decay),
        v_start=bias,
        v_reset=-0.1,
        threshold=threshold,
    )
    assert np.array_equal(trace.spikes, spikes)
    assert trace.v == pytest.approx(decay * v + bias, abs=1e-9)


def one(**parameters):
    return integrate_continuous(
        [], [], [], n=1, duration=2.0, tau=2.0, threshold=1.0, sample_at=[0.0, 1.0], **parameters
    )


def test_start_decays_and_defaults_to_the_reset():
    assert one(v_start=0.5, v_reset=0.2).v[:, 0] == pytest.approx([0.5, 0.5 * np.exp(-0.5)])
    assert one(v_reset=0.2).v[:, 0] == pytest.approx([0.2, 0.2 * np.exp(-0.5)])


def test_start_above_the_threshold_is_refused():
    with pytest.raises(HardwareError, match="h: neuron 0: v_start must be below the threshold"):
        one(v_start=1.0, name="h")


def test_events_that_meet_in_time_are_one_sum_whatever_steps_they_come_from():
    """(k + 9) dt and ((k + 7) + 2) dt are one time only if whole steps are summed first."""
    synapses = (np.arange(3), np.zeros(2, int), np.array([9, 2]), np.array([2.0, -1.5]))
    for k in range(40):
        counts = np.zeros((60, 1, 2), np.uint8)
        counts[k, 0, 0] = counts[k + 7, 0, 1] = 1
        trace = integrate_steps(counts, *synapses, n=1, dt=DT, tau=1, threshold=1, latency=0.3e-3)
        assert not trace.spikes.any()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_spikes_keep_the_refractory_distance(seed):
    rng = np.random.default_rng(seed)
    refractory = rng.uniform(2e-3, 2e-2, 4)
    trace = integrate_continuous(
        rng.uniform(0, 1, 300),
        rng.integers(0, 4, 300),
        rng.uniform(0, 2, 300),
        n=4,
        duration=1.0,
        tau=0.05,
        v_inf=1.3,
        threshold=1.0,
        refractory=refractory,
    )
    for j in range(4):
        gaps = np.diff(trace.time[trace.neuron == j])
        assert len(gaps) > 5
        assert (gaps >= refractory[j] * (1 - 1e-9)).all()
