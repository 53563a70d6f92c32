"""Every backend of the delayed linear layer against the reference: output and gradients."""

from __future__ import annotations

import pytest
import torch

from polychrony.snn import SnnError, kernels
from polychrony.snn.kernels import fourier, reference

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


@pytest.mark.parametrize("limits", ["groups", "segments", "both"])
@pytest.mark.parametrize("keep", [True, False])
def test_whatever_the_memory_allows_is_equal(limits, keep, monkeypatch):
    if limits != "segments":
        monkeypatch.setattr(fourier, "_GROUP_BYTES", 40_000)
    if limits != "groups":
        monkeypatch.setattr(fourier, "_KERNEL_BYTES", 4_000)
    if not keep:
        monkeypatch.setattr(fourier, "_KEPT_BYTES", 0)
    fourier.plan.cache_clear()
    x, kernel, upstream = _case((70, 9, 4, 3, 11), torch.float64)
    made = fourier.plan(fourier.Sizes.of(x, kernel), 8)
    assert (made.samples < 9) == (limits != "segments")
    assert (made.segment < 35) == (limits != "groups")
    expected, got = (
        reference.delayed_linear(x, kernel),
        kernels.delayed_linear(x, kernel, "fourier"),
    )
    torch.testing.assert_close(got, expected)
    for a, b in zip(
        torch.autograd.grad(got, (x, kernel), upstream),
        torch.autograd.grad(expected, (x, kernel), upstream),
        strict=True,
    ):
        torch.testing.assert_close(a, b)
    fourier.plan.cache_clear()


@pytest.mark.parametrize("shape", [(0, 2, 3, 4, 5), (6, 0, 3, 4, 5)])
def test_nothing_in_nothing_out(shape):
    x, kernel, upstream = _case(shape, torch.float32)
    y = kernels.delayed_linear(x, kernel, "fourier")
    assert y.shape == upstream.shape
    y.backward(upstream)
    assert x.grad.shape == x.shape and kernel.grad.eq(0).all()


def test_only_the_gradient_that_is_asked_for():
    x, kernel, upstream = _case((20, 2, 3, 3, 5), torch.float64)
    wanted = torch.autograd.grad(reference.delayed_linear(x, kernel), (x, kernel), upstream)
    for index in (0, 1):
        leaves = [x.detach(), kernel.detach()]
        leaves[index].requires_grad_()
        kernels.delayed_linear(*leaves, "fourier").backward(upstream)
        torch.testing.assert_close(leaves[index].grad, wanted[index])
        assert leaves[1 - index].grad is None


def test_what_torch_traces_and_transforms():
    x, kernel, upstream = _case((20, 2, 3, 3, 9), torch.float64)
    compiled = torch.compile(
        lambda a, b: kernels.delayed_linear(a, b, "fourier"), backend="aot_eager", fullgraph=True
    )
    wanted = torch.autograd.grad(
        kernels.delayed_linear(x, kernel, "fourier"), (x, kernel), upstream
    )
    found = torch.autograd.grad(compiled(x, kernel), (x, kernel), upstream)
    torch.testing.assert_close(found, wanted)
    torch.library.opcheck(fourier._forward, (x, kernel, False))
    together = torch.func.vmap(lambda a: kernels.delayed_linear(a, kernel, "fourier"))(
        torch.stack([x, 2 * x]).detach()
    )
    torch.testing.assert_close(together[1], 2 * together[0])
    with torch.autocast("cpu", torch.bfloat16):
        half = kernels.delayed_linear(x.float(), kernel.float(), "fourier")
    torch.testing.assert_close(half.double(), kernels.delayed_linear(x, kernel), rtol=0, atol=1e-5)


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
