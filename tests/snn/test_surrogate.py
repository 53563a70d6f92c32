"""Surrogates: their area, symmetry and gradient."""

from __future__ import annotations

import math

import pytest
import torch

from polychrony.snn import SURROGATES, ATan, Boxcar, Sigmoid, SnnError, SuperSpike, Triangle


@pytest.mark.parametrize("kind", SURROGATES.values())
def test_forward_is_a_step_and_backward_the_derivative(kind):
    surrogate = kind()
    x = torch.linspace(-2, 2, 41, dtype=torch.float64, requires_grad=True)
    spikes = surrogate(x)
    torch.testing.assert_close(spikes, (x >= 0).double())
    (grad,) = torch.autograd.grad(spikes.sum(), x)
    torch.testing.assert_close(grad, surrogate.derivative(x.detach()))
    assert grad[20] > 0
    torch.testing.assert_close(grad, grad.flip(0))


@pytest.mark.parametrize(
    ("surrogate", "area"),
    # SuperSpike: 2 / beta; the others are derivatives of functions that rise by 1.
    [
        (ATan(5.0), 1),
        (SuperSpike(4.0), 0.5),
        (Triangle(0.5, 2.0), 1),
        (Sigmoid(4.0), 1),
        (Boxcar(), 1),
    ],
)
def test_area_under_the_derivative(surrogate, area):
    x = torch.linspace(-2000, 2000, 4_000_001, dtype=torch.float64)
    assert torch.trapezoid(surrogate.derivative(x), x).item() == pytest.approx(area, abs=2e-3)


def test_atan_is_the_published_form():
    x, alpha = torch.tensor(0.3), 5.0
    expected = alpha / 2 / (1 + (math.pi / 2 * alpha * 0.3) ** 2)
    assert ATan(alpha).derivative(x).item() == pytest.approx(expected)


def test_parameters_must_be_positive():
    with pytest.raises(SnnError, match="alpha is 0"):
        ATan(alpha=0)
