"""Event-driven sums against the dense definition."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.snn.kernels import reference
from polychrony.snn.kernels.events import row_pointers, scatter_events


def _synapses(rng, n_in, n_out, count, longest, dtype):
    pre = np.sort(rng.integers(n_in, size=count)).astype(np.int32)
    post = rng.integers(n_out, size=count).astype(np.int32)
    delay = rng.integers(longest + 1, size=count).astype(np.int32)
    weight = rng.integers(-9, 10, size=count).astype(dtype)
    return pre, post, delay, weight


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    n_steps=st.integers(1, 9),
    batch=st.integers(1, 4),
    count=st.integers(0, 30),
    dtype=st.sampled_from([np.int64, np.float64]),
)
def test_equals_dense_convolution(seed, n_steps, batch, count, dtype):
    rng = np.random.default_rng(seed)
    pre, post, delay, weight = _synapses(rng, 5, 4, count, 6, dtype)
    spikes = rng.integers(0, 3, size=(n_steps, batch, 5)).astype(np.uint8)
    got = scatter_events(spikes, row_pointers(pre, 5), post, delay, weight, 4)
    kernel = np.zeros((7, 4, 5))
    np.add.at(kernel, (delay, post, pre), weight)
    x = torch.from_numpy(spikes.astype(np.float64))
    expected = reference.delayed_linear(x, torch.from_numpy(kernel)).numpy()
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, expected)


def test_adds_to_what_is_there():
    rng = np.random.default_rng(0)
    pre, post, delay, weight = _synapses(rng, 3, 2, 8, 2, np.float64)
    spikes = np.ones((4, 1, 3), np.uint8)
    pointers = row_pointers(pre, 3)
    once = scatter_events(spikes, pointers, post, delay, weight, 2)
    twice = scatter_events(spikes, pointers, post, delay, weight, 2, out=once.copy())
    np.testing.assert_array_equal(twice, 2 * once)


def test_row_pointers_of_silent_sources():
    np.testing.assert_array_equal(row_pointers(np.array([1, 1, 3]), 5), [0, 0, 2, 2, 3, 3])
