"""Compiled spreading of delays against its definition."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.snn.kernels import spread


def _case(shape, n_steps, dtype, sigma, seed=0):
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(shape, dtype=dtype, generator=generator).requires_grad_()
    delay = torch.rand(shape, dtype=dtype, generator=generator) * (n_steps - 1)
    upstream = torch.randn((n_steps, *shape[:2]), dtype=dtype, generator=generator)
    return weight, delay.requires_grad_(), torch.tensor(sigma, dtype=dtype), upstream


def _both(weight, delay, sigma, upstream, n_steps, shape):
    for run in (spread.spread, spread.reference):
        kernel = run(weight, delay, sigma, n_steps, shape)
        yield kernel, *torch.autograd.grad(kernel, (weight, delay), upstream)


@pytest.mark.parametrize("shape", spread.SHAPES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 3e-5)])
@settings(max_examples=25, deadline=None)
@given(
    sizes=st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(1, 3)),
    n_steps=st.integers(1, 30),
    sigma=st.floats(1.0, 12),  # below it a triangle may miss all steps, and rounding is all
)
def test_equals_the_definition(shape, dtype, tolerance, sizes, n_steps, sigma):
    case = _case(sizes, n_steps, dtype, sigma)
    for found, wanted in zip(*_both(*case, n_steps, shape), strict=True):
        torch.testing.assert_close(found, wanted, rtol=tolerance, atol=tolerance)


def test_a_tap_shares_out_its_whole_weight():
    weight, delay, sigma, _ = _case((3, 5, 1), 20, torch.float64, 2.0)
    total = spread.spread(weight, delay, sigma, 20, "gauss").sum(0)
    torch.testing.assert_close(total, weight[..., 0], rtol=1e-6, atol=0)


def test_gradients_equal_finite_differences():
    weight, delay, sigma, _ = _case((2, 3, 2), 6, torch.float64, 1.3)
    assert torch.autograd.gradcheck(
        lambda w, d: spread.spread(w, d, sigma, 6, "gauss"), (weight, delay)
    )


def test_a_learned_width_gets_its_gradient():
    weight, delay, sigma, upstream = _case((2, 3, 1), 6, torch.float32, 1.3)
    kernel = spread.spread(weight, delay, sigma.requires_grad_(), 6, "gauss")
    kernel.backward(upstream)
    assert sigma.grad is not None and sigma.grad != 0


def test_compiles_into_one_graph():
    weight, delay, sigma, _ = _case((2, 3, 1), 6, torch.float32, 1.3)
    torch.library.opcheck(spread._forward, (weight, delay, sigma, 6, "gauss"))
