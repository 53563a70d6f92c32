"""Triton kernels: by the interpreter on any machine, compiled for a card, and on a card."""

from __future__ import annotations

import importlib
import math
import os

import pytest
import torch
from neuron_cases import FORMS, MODELS, case, gradients

from polychrony.snn import LIF, SnnError, kernels
from polychrony.snn.kernels import gpu, reference

triton = pytest.importorskip("triton", reason="triton is not installed")


@pytest.fixture(autouse=True, scope="module")
def interpreter():
    """The kernels, read by the interpreter: how they run is settled when they are imported."""
    before = os.environ.get("TRITON_INTERPRET")
    os.environ["TRITON_INTERPRET"] = "1"
    for name in ("parts", *MODELS):
        importlib.reload(importlib.import_module(f"polychrony.snn.kernels.gpu.{name}"))
    yield
    if before is None:
        del os.environ["TRITON_INTERPRET"]
    else:
        os.environ["TRITON_INTERPRET"] = before
    for name in ("parts", *MODELS):
        importlib.reload(importlib.import_module(f"polychrony.snn.kernels.gpu.{name}"))


def _compare(model, made, tolerance=2e-4, device="cpu"):
    expected = getattr(reference, model)(*made.arguments)
    got = getattr(kernels, model)(*made.arguments, backend="triton")
    torch.testing.assert_close(got[0], expected[0], rtol=tolerance, atol=tolerance)
    for ours, wanted in zip(got[1:], expected[1:], strict=True):
        torch.testing.assert_close(ours, wanted, rtol=tolerance, atol=tolerance)
    wanted, found = gradients(expected, made), gradients(got, made)
    torch.testing.assert_close(found, wanted, rtol=tolerance * 10, atol=tolerance * 10)
    return found


@pytest.mark.parametrize("v_reset", [-0.3, None])
@pytest.mark.parametrize("detach", [True, False])
@pytest.mark.parametrize("learn", [True, False])
@pytest.mark.parametrize("model", MODELS)
def test_every_option_equals_the_reference(model, v_reset, detach, learn):
    torch.manual_seed(0)
    _compare(model, case(model, (7, 2, 5), torch.float32, FORMS[0], v_reset, detach, learn))


@pytest.mark.parametrize("surrogate", FORMS, ids=lambda form: form.name)
@pytest.mark.parametrize("model", [name for name in MODELS if name != "li"])
def test_every_surrogate_equals_the_reference(model, surrogate):
    torch.manual_seed(1)
    found = _compare(model, case(model, (6, 2, 9), torch.float32, surrogate))
    assert all(gradient.abs().sum() > 0 for gradient in found)


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 1), (3, 1, 130), (4, 3, 43), (3, 2, 3, 4)])
@pytest.mark.parametrize("model", MODELS)
def test_odd_shapes_equal_the_reference(model, shape):
    torch.manual_seed(2)
    for learn in (True, False):
        _compare(model, case(model, shape, torch.float32, learn=learn))


@pytest.mark.parametrize("model", MODELS)
def test_no_steps_leave_the_state(model):
    made = case(model, (0, 2, 3), torch.float32)
    out, *states = getattr(kernels, model)(*made.arguments, backend="triton")
    assert out.shape == (0, 2, 3)
    for state, before in zip(states, made.arguments[1:], strict=False):
        assert torch.equal(state, before)
    assert all(torch.isfinite(g).all() for g in gradients((out, *states), made)[1:])


@pytest.mark.parametrize("half", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("model", MODELS)
def test_half_precision_keeps_its_state_in_single(model, half):
    torch.manual_seed(3)
    made = case(model, (9, 2, 6), torch.float32, learn=False)
    rounded = [
        value.detach().to(half) if isinstance(value, torch.Tensor) else value
        for value in made.arguments
    ]
    wide = [value.float() if isinstance(value, torch.Tensor) else value for value in rounded]
    wide[0].requires_grad_()
    rounded[0].requires_grad_()
    expected = getattr(reference, model)(*wide)
    got = getattr(kernels, model)(*rounded, backend="triton")
    assert all(each.dtype == half for each in got)
    torch.testing.assert_close(got[0].float(), expected[0], rtol=1e-2, atol=1e-2)
    upstream = torch.randn(9, 2, 6)
    wanted = torch.autograd.grad(expected[0], wide[0], upstream)[0]
    found = torch.autograd.grad(got[0], rounded[0], upstream.to(half))[0]
    torch.testing.assert_close(found.float(), wanted, rtol=5e-2, atol=5e-2)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("learn", [True, False])
def test_no_more_is_kept_than_one_tensor_of_the_inputs_size(model, learn):
    shape = (7, 2, 5)
    assert math.prod(gpu.kept_shape(model, shape, learn)) <= math.prod(shape)
    assert not gpu.keeps_input(model, learn)


def test_a_distance_that_rounds_to_zero_keeps_its_sign():
    smallest = 2.0**-24  # of float16
    x = torch.full((1, 1, 3), -smallest, dtype=torch.float16)
    parameters = torch.tensor([[0.0], [-0.9 * smallest]]).expand(2, 3)
    out, _, kept = gpu.forward("lif", x, x[0:1] * 0, parameters, 0.0, False, False)
    assert torch.equal(out, torch.zeros_like(out))
    assert (kept < 0).all()


@pytest.mark.parametrize("surrogate", FORMS, ids=lambda form: form.name)
@pytest.mark.parametrize("training", [True, False])
def test_every_surrogate_and_backend_has_a_gradient_that_equals_the_reference(surrogate, training):
    torch.manual_seed(5)
    x = torch.rand(6, 2, 4) + 0.3
    found = {}
    for backend in ("reference", "cpu", "triton"):
        leaf = x.clone().requires_grad_()
        layer = LIF(5e-3, 1e-3, surrogate=surrogate, backend=backend).train(training)
        layer(leaf).mul(x).sum().backward()
        found[backend] = leaf.grad
    assert all(gradient.abs().sum() > 0 for gradient in found.values())
    for backend in ("cpu", "triton"):
        torch.testing.assert_close(found[backend], found["reference"])


def test_a_tensor_on_the_cpu_is_refused_outside_of_the_interpreter(monkeypatch):
    monkeypatch.delenv("TRITON_INTERPRET")
    with pytest.raises(SnnError, match="not on a CUDA device"):
        LIF(5e-3, 1e-3, backend="triton")(torch.rand(5, 2, 4))
    assert LIF(5e-3, 1e-3)(torch.rand(5, 2, 4)).shape == (5, 2, 4)


def test_double_precision_is_refused_by_name():
    with pytest.raises(SnnError, match="float64"):
        LIF(5e-3, 1e-3, backend="triton")(torch.rand(5, 2, 4).double())


@pytest.mark.gpu
@pytest.mark.parametrize("model", MODELS)
def test_a_card_computes_the_reference(model):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    torch.manual_seed(4)
    made = case(model, (50, 8, 300), torch.float32)
    moved = [
        value.detach().cuda().requires_grad_() if isinstance(value, torch.Tensor) else value
        for value in made.arguments
    ]
    leaves = [value for value in moved if isinstance(value, torch.Tensor)]
    _compare(model, made._replace(
        arguments=tuple(moved), leaves=leaves, upstream=[each.cuda() for each in made.upstream]
    ))  # fmt: skip
