"""Neurons that go on from a state do what they do over all steps at once."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware.arithmetic.dynapse import membranes
from polychrony.hardware.arithmetic.dynapse_steps import StepState, advance_steps
from polychrony.hardware.arithmetic.loihi import LoihiState, integrate
from polychrony.hardware.arithmetic.truenorth import integrate_truenorth
from polychrony.hardware.errors import HardwareError

T, B, N = 20, 2, 5
seeds = st.integers(0, 2**31)
cuts = st.lists(st.integers(1, T - 1), max_size=4).map(lambda at: [0, *sorted(set(at)), T])


def _same(run, cut):
    """Runs `run(first, last)` at once and in pieces; both give potentials and spikes."""
    whole = run([0, T])
    for one, other in zip(whole, run(cut), strict=True):
        np.testing.assert_array_equal(one, other)
    assert whole[1].any()


def _pieces(cut, step):
    parts = [step(first, last) for first, last in itertools.pairwise(cut)]
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


@settings(deadline=None, max_examples=25)
@given(seed=seeds, cut=cuts, refractory=st.integers(1, 4))
def test_loihi(seed, cut, refractory):
    rng = np.random.default_rng(seed)
    current = rng.integers(-200, 900, (T, B, N))
    fixed = {
        "decay_u": rng.integers(0, 4097, N),
        "decay_v": rng.integers(0, 4097, N),
        "threshold": np.full(N, 900),
        "bias": rng.integers(-50, 50, N),
        "refractory": refractory,
    }

    def run(cut):
        state = LoihiState.rest(B, N)
        return _pieces(cut, lambda a, b: integrate(current[a:b].copy(), **fixed, state=state))

    _same(run, cut)


@settings(deadline=None, max_examples=25)
@given(seed=seeds, cut=cuts, reset=st.sampled_from([0, -3, None]))
def test_truenorth(seed, cut, reset):
    rng = np.random.default_rng(seed)
    current = rng.integers(-20, 60, (T, B, N))
    leak = rng.integers(0, 9, N)

    def run(cut):
        fixed = {"threshold": 50, "leak": leak, "reset": reset, "leak_reversal": True}
        state = np.zeros((B, N), np.int64)
        return _pieces(cut, lambda a, b: integrate_truenorth(current[a:b], **fixed, state=state))

    _same(run, cut)


@settings(deadline=None, max_examples=25)
@given(seed=seeds, cut=cuts, period=st.sampled_from([0.5, 1.0, 1 - 1e-12, 1.7]))
def test_dynapse(seed, cut, period):
    """Also where neurons fire by themselves, so that spikes fall on the ends of steps."""
    rng, dt, tau = np.random.default_rng(seed), 1e-3, 5e-3
    current = rng.normal(0, 0.5, (T, B, N)) * (rng.random((T, B, N)) < 0.3)
    # From 0 V, a neuron reaches its threshold of 1 V after `period` steps.
    v_inf = np.where(np.arange(N) % 2, 0.0, -1 / np.expm1(-period * dt / tau))
    m = membranes(N, tau=tau, v_inf=v_inf, threshold=1.0, refractory=0.4e-3, duration=T * dt)

    def run(cut):
        state = StepState.at_start(m, B)
        return _pieces(cut, lambda a, b: advance_steps(current[a:b], m, dt, state, a, T, "n"))

    _same(run, cut)


def test_the_step_of_an_overflow_counts_from_the_beginning_of_the_run():
    current = np.zeros((3, 1, 1), np.int64)
    current[1] = 2**40
    fixed = {"decay_u": np.array([4096]), "decay_v": np.array([0]), "bias": np.array([0])}
    with pytest.raises(HardwareError, match="at step 8 of sample 0"):
        integrate(current.copy(), **fixed, threshold=np.array([2**50]), first=7)
    with pytest.raises(HardwareError, match="at step 8 of sample 0"):
        integrate_truenorth(current, threshold=None, leak=0, first=7)
