"""Values that arrive late, against the definition."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.snn.kernels import late as kernel


def lateness(shape, longest):
    """Steps from 0 to one more than `longest`, which is lost."""
    return torch.randint(0, longest + 2, shape, dtype=torch.int16)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@settings(max_examples=40, deadline=None)
@given(
    sizes=st.tuples(st.integers(0, 20), st.integers(0, 10), st.integers(1, 40)),
    longest=st.integers(0, 25),
)
def test_equals_the_definition(dtype, sizes, longest):
    x = torch.randint(-9, 9, sizes).to(dtype).requires_grad_()  # their sums are exact
    late = lateness(sizes, longest)
    upstream = torch.randn(sizes[0] + longest, *sizes[1:], dtype=dtype)
    outcomes = []
    for backend in ("auto", "reference"):
        y = kernel.move_late(x, late, longest, backend)
        outcomes.append([y, *torch.autograd.grad(y, x, upstream)])
    for found, wanted in zip(*outcomes, strict=True):
        assert torch.equal(found, wanted)


def test_more_neurons_than_a_block_and_neurons_in_planes():
    x, late = torch.randn(5, 3, 20, 40), lateness((5, 3, 20, 40), 3)
    found, wanted = (kernel.move_late(x, late, 3, backend) for backend in ("auto", "reference"))
    torch.testing.assert_close(found, wanted)


def test_gradients_equal_finite_differences():
    late = lateness((5, 2, 3), 2)

    def move(x):
        return kernel.move_late(x, late, 2)

    x = torch.randn(5, 2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(move, x)
    assert torch.autograd.gradgradcheck(move, x)


def test_operators_are_well_formed():
    late = lateness((5, 2, 3), 2)
    for steps, back in ((5, False), (7, True)):
        x = torch.randn(steps, 2, 3, requires_grad=True)
        torch.library.opcheck(kernel._move, (x, late, 2, back))
