"""Filters of neurons against their definition."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.snn.kernels import shift


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-11), (torch.float32, 1e-4)])
@settings(max_examples=30, deadline=None)
@given(
    sizes=st.tuples(st.integers(0, 20), st.integers(0, 10), st.integers(1, 40)),
    taps=st.integers(1, 25),
)
def test_equals_the_definition(dtype, tolerance, sizes, taps):
    x = torch.randn(sizes, dtype=dtype, requires_grad=True)
    kernel = torch.randn(taps, sizes[2], dtype=dtype, requires_grad=True)
    upstream = torch.randn(sizes, dtype=dtype)
    outcomes = []
    for backend in ("auto", "reference"):
        y = shift.filter_steps(x, kernel, backend)
        outcomes.append([y, *torch.autograd.grad(y, (x, kernel), upstream)])
    for found, wanted in zip(*outcomes, strict=True):
        torch.testing.assert_close(found, wanted, rtol=tolerance, atol=tolerance)


def test_gradients_of_gradients_equal_finite_differences():
    x = torch.randn(5, 2, 3, dtype=torch.float64, requires_grad=True)
    kernel = torch.randn(3, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(shift.filter_steps, (x, kernel))


def test_operators_are_well_formed():
    x, kernel = torch.randn(5, 2, 3, requires_grad=True), torch.randn(3, 3, requires_grad=True)
    torch.library.opcheck(shift._forward, (x, kernel, False))
    torch.library.opcheck(shift._forward, (x, kernel, True))
