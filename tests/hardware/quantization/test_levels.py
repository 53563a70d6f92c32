from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware.quantization.levels import best_levels, nearest


def cost(weights, levels):
    away = [np.abs(weights - level) for level in [0.0, *levels]]
    return float((np.min(away, axis=0) ** 2).sum())


def brute_force(weights, n_levels):
    """Least cost over every way to give each segment of the sorted weights a mean or 0."""
    ordered = np.sort(weights)
    least = np.inf
    for cuts in combinations_with_replacement(range(len(ordered) + 1), n_levels):
        parts = np.split(ordered, cuts)
        for left_out in range(len(parts)):
            levels = [p.mean() for i, p in enumerate(parts) if i != left_out and len(p)]
            least = min(least, cost(ordered, levels))
    return least


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-20, 20), min_size=1, max_size=9),
    st.integers(1, 3),
    st.integers(0, 2**32 - 1),
)
def test_no_other_levels_are_better(whole, n_levels, seed):
    weights = np.array(whole) + np.random.default_rng(seed).normal(0, 0.1, len(whole))
    levels = best_levels(weights, n_levels)
    assert len(levels) <= n_levels
    assert (np.diff(levels) < 0).all()
    assert cost(weights, levels) == pytest.approx(brute_force(weights, n_levels), abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_weights_on_few_levels_are_found_exactly(seed, n_levels):
    rng = np.random.default_rng(seed)
    true = np.unique(rng.normal(size=n_levels).astype(np.float32))
    weights = rng.choice(np.append(true, 0), 400)
    levels = best_levels(weights, 4)
    assert set(levels) <= set(true.astype(np.float64))
    which = nearest(weights, levels)
    assert np.array_equal(np.where(which < 0, 0, levels[which]), weights)


def test_more_levels_than_values_would_need_stay_exact_beside_noise():
    weights = np.r_[np.full(1000, np.float32(0.3)), np.full(999, np.float32(-0.7)), 0.1, 0.2, 0.25]
    levels = best_levels(weights, 4)
    assert np.float64(np.float32(0.3)) in levels
    assert np.float64(np.float32(-0.7)) in levels


def test_large_lists_beat_quantiles():
    weights = np.random.default_rng(0).normal(size=50_000)
    quantiles = np.quantile(weights, [0.1, 0.35, 0.65, 0.9])
    assert cost(weights, best_levels(weights, 4)) < 0.8 * cost(weights, quantiles)


def test_zero_and_unused_levels_are_never_chosen():
    assert nearest(np.array([0.0, 0.2, 0.6, -1]), np.array([1.0, 0.0])).tolist() == [-1, -1, 0, -1]
    assert best_levels(np.zeros(3), 2).size == 0
    each = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert nearest(np.array([1.9, 1.9]), each).tolist() == [1, 0]
