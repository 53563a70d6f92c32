"""Kernels that spread a delay over steps: closed forms, and the published layer."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from polychrony.snn import DelayedLinear, SnnError
from polychrony.snn.delays import integer_kernel, tap_kernel

KERNELS = ["gauss", "triangle", "linear"]


def _one(delay, sigma, longest, kernel):
    weight = torch.ones(1, 1, 1, dtype=torch.float64)
    at = torch.full((1, 1, 1), float(delay), dtype=torch.float64)
    width = torch.tensor(sigma, dtype=torch.float64)
    return tap_kernel(weight, at, width, longest, kernel)[:, 0, 0]


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("delay", [0, 0.3, 4, 7.5, 8])
@pytest.mark.parametrize("sigma", [0.8, 3.0])
def test_every_kernel_carries_the_whole_weight(kernel, delay, sigma):
    taps = _one(delay, sigma, 8, kernel)
    assert taps.sum().item() == pytest.approx(1, abs=1e-6)
    assert (taps >= 0).all()


def test_shapes_by_hand():
    gauss = torch.exp(-0.5 * ((torch.arange(5, dtype=torch.float64) - 1.5) / 0.9) ** 2)
    torch.testing.assert_close(_one(1.5, 0.9, 4, "gauss"), gauss / gauss.sum(), rtol=1e-6, atol=0)
    triangle = torch.tensor([0.25, 1.25, 0.75, 0, 0], dtype=torch.float64)
    found = _one(1.25, 1.5, 4, "triangle")
    torch.testing.assert_close(found, triangle / triangle.sum(), rtol=1e-6, atol=1e-9)
    linear = torch.tensor([0, 0.75, 0.25, 0, 0], dtype=torch.float64)
    torch.testing.assert_close(_one(1.25, 1.5, 4, "linear"), linear)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("taps", [1, 3])
def test_delay_and_weight_gradients_agree_with_finite_differences(kernel, taps):
    weight = torch.randn(2, 3, taps, dtype=torch.float64, requires_grad=True)
    # Away from the kinks of the piecewise linear kernels.
    delay = torch.randint(0, 6, weight.shape) + torch.empty(weight.shape).uniform_(0.2, 0.4)
    delay = delay.double().requires_grad_()
    sigma = torch.tensor(1.1, dtype=torch.float64)
    mix = torch.randn(7, 2, 3, dtype=torch.float64)

    def loss(w, d):
        return (tap_kernel(w, d, sigma, 6, kernel) * mix).sum()

    assert torch.autograd.gradcheck(loss, (weight, delay))


def test_linear_kernel_keeps_a_gradient_at_integers_and_at_the_end():
    weight = torch.ones(1, 1, 1, dtype=torch.float64)
    mix = torch.arange(5, dtype=torch.float64) ** 2
    for delay, slope in ((2.0, 9 - 4), (4.0, 16 - 9)):
        at = torch.full((1, 1, 1), delay, dtype=torch.float64, requires_grad=True)
        kernel = tap_kernel(weight, at, torch.tensor(1.0), 4, "linear")
        (kernel[:, 0, 0] @ mix).backward()
        assert at.grad.item() == slope


def test_integer_kernel_places_and_adds_taps():
    weight = torch.tensor([[[1.0, 2.0, 4.0]]])
    delay = torch.tensor([[[0.0, 2.4, 1.6]]])
    assert integer_kernel(weight, delay, 3)[:, 0, 0].tolist() == [1, 0, 6, 0]


def test_unknown_kernel_is_refused():
    with pytest.raises(SnnError, match="'box' is unknown"):
        _one(1, 1.0, 3, "box")


PUBLISHED = [
    ("v0", "linear", 0.0, 9),
    ("v1", "linear", 0.0, 9),
    ("max", "triangle", 1.0, 9),
    ("gauss", "gauss", 0.27, 9),
    ("gauss", "gauss", 0.27, 25),
    ("max", "triangle", 1.0, 31),
]


@pytest.mark.parametrize(("version", "kernel", "offset", "size"), PUBLISHED)
@pytest.mark.parametrize("taps", [1, 2])
@pytest.mark.parametrize("backend", ["reference", "direct", "fourier"])
def test_equals_dcls_in_output_and_gradients(version, kernel, offset, size, taps, backend):
    modules = pytest.importorskip(
        "DCLS.construct.modules", reason="the published layer, dcls 0.1.1, is not installed"
    )
    width, half = 0.9, size // 2
    theirs = modules.Dcls1d(
        5, 4, kernel_count=taps, dilated_kernel_size=size, bias=False, version=version
    )
    ours = DelayedLinear(
        5, 4, size - 1, kernel, taps, sigma=width + offset or None, backend=backend
    )
    with torch.no_grad():
        theirs.P.uniform_(-half, half)
        if offset:
            theirs.SIG.fill_(width)
        ours.weight.copy_(theirs.weight)
        ours.delay.copy_(half - theirs.P[0])
    x = torch.randn(40, 3, 5, requires_grad=True)
    upstream = torch.randn(40, 3, 4) / 10
    expected = theirs(functional.pad(x.permute(1, 2, 0), (size - 1, 0))).permute(2, 0, 1)
    wanted = torch.autograd.grad(expected, (x, theirs.weight, theirs.P), upstream)
    found_output = ours(x)
    found = torch.autograd.grad(found_output, (x, ours.weight, ours.delay), upstream)
    torch.testing.assert_close(found_output, expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(found[0], wanted[0], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(found[1], wanted[1], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(found[2], -wanted[2][0], rtol=1e-5, atol=1e-5)
