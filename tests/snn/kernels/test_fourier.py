"""Every backend of the delayed linear layer against the reference: output and gradients."""

from __future__ import annotations

import pytest
import torch

from polychrony.snn import SnnError, kernels
from polychrony.snn.kernels import reference

SHAPES = [
    # T, B, N_in, N_out, K
    (1, 1, 1, 1, 1),
    (1, 2, 3, 4, 5),
    (5, 1, 3, 2, 9),
    (12, 3, 5, 4, 1),
    (63, 2, 7, 3, 6),
    (64, 3, 4, 5, 25),
    (100, 2, 6, 5, 64),
]


def _case(shape, dtype):
    n_steps, batch, n_in, n_out, taps = shape
    x = torch.randn(n_steps, batch, n_in, dtype=dtype, requires_grad=True)
    kernel = torch.randn(taps, n_out, n_in, dtype=dtype, requires_grad=True)
    return x, kernel, torch.randn(n_steps, batch, n_out, dtype=dtype)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("backend", ["direct", "fourier", "auto"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 2e-5)])
def test_equals_reference_in_output_and_gradients(shape, backend, dtype, tolerance):
    x, kernel, upstream = _case(shape, dtype)
    expected = reference.delayed_linear(x, kernel)
    got = kernels.delayed_linear(x, kernel, backend)
    torch.testing.assert_close(got, expected, rtol=tolerance, atol=tolerance)
    wanted = torch.autograd.grad(expected, (x, kernel), upstream, allow_unused=True)
    found = torch.autograd.grad(got, (x, kernel), upstream)
    for name, a, b in zip(("x", "kernel"), found, wanted, strict=True):
        torch.testing.assert_close(a, b, rtol=tolerance * 10, atol=tolerance * 10, msg=name)


def test_longest_possible_wrap_around_stays_out():
    x = torch.zeros(8, 1, 1, dtype=torch.float64)
    x[7] = 1
    kernel = torch.ones(8, 1, 1, dtype=torch.float64)
    assert kernels.delayed_linear(x, kernel, "fourier")[:7].abs().max() < 1e-12


def test_matrices_cached_in_inference_mode_serve_training():
    x, kernel, upstream = _case((17, 2, 3, 3, 5), torch.float32)
    with torch.inference_mode():
        kernels.delayed_linear(x.detach(), kernel.detach(), "fourier")
    kernels.delayed_linear(x, kernel, "fourier").backward(upstream)
    assert x.grad is not None


@pytest.mark.gpu
def test_fourier_on_a_gpu_equals_reference():
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    x, kernel, _ = _case((64, 3, 4, 5, 25), torch.float32)
    got = kernels.delayed_linear(x.cuda(), kernel.cuda(), "fourier").cpu()
    torch.testing.assert_close(got, reference.delayed_linear(x, kernel), rtol=1e-4, atol=1e-4)


def test_unknown_backend_is_refused_by_name():
    x, kernel, _ = _case(SHAPES[1], torch.float32)
    with pytest.raises(SnnError, match=r"'magic' is unknown.*fourier"):
        kernels.delayed_linear(x, kernel, "magic")
