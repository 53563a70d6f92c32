"""The compiled neurons against the reference: output, final state, every gradient."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch

from polychrony.snn import (
    LIF,
    SURROGATES,
    ATan,
    Boxcar,
    Sigmoid,
    SnnError,
    SuperSpike,
    Surrogate,
    Triangle,
    kernels,
)
from polychrony.snn.kernels import cpu, reference

SHAPES = [(1, 1, 1), (7, 2, 3), (63, 3, 65), (5, 4, 700), (0, 2, 3), (9, 2, 3, 4)]
FORMS = [ATan(5.0), SuperSpike(3.0), Triangle(0.7, 0.4), Sigmoid(3.0), Boxcar(0.9, 0.6)]


def _case(shape, dtype, per_neuron):
    x = torch.randn(shape, dtype=dtype).mul(2).requires_grad_()
    v = torch.randn(shape[1:], dtype=dtype).div(2).requires_grad_()
    neurons = shape[2:] if per_neuron else ()
    decay, threshold = torch.rand(neurons, dtype=dtype), torch.rand(neurons, dtype=dtype) + 0.5
    return x, v, decay, threshold, torch.randn_like(x), torch.randn_like(v)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("surrogate", FORMS, ids=lambda form: form.name)
@pytest.mark.parametrize("v_reset", [0.0, -0.3, None])
@pytest.mark.parametrize("detach", [True, False])
def test_lif_equals_reference(shape, surrogate, v_reset, detach):
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-4)):
        x, v, decay, threshold, up, up_v = _case(shape, dtype, per_neuron=len(shape) == 3)
        options = (x, v, decay, threshold, v_reset, surrogate, detach)
        expected, got = reference.lif(*options), cpu.lif(*options)
        assert torch.equal(got[0], expected[0])
        assert torch.equal(got[1], expected[1])
        if len(x):
            wanted = torch.autograd.grad(expected, (x, v), (up, up_v))
            found = torch.autograd.grad(got, (x, v), (up, up_v))
            torch.testing.assert_close(found, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_li_equals_reference(shape, dtype):
    x, v, decay, _, up, up_v = _case(shape, dtype, per_neuron=True)
    expected, got = reference.li(x, v, decay), cpu.li(x, v, decay)
    assert torch.equal(got[0], expected[0])
    assert torch.equal(got[1], expected[1])
    if len(x):
        wanted = torch.autograd.grad(expected, (x, v), (up, up_v))
        found = torch.autograd.grad(got, (x, v), (up, up_v))
        torch.testing.assert_close(found, wanted)


def test_every_surrogate_has_a_compiled_form_with_a_gradient():
    assert set(cpu.SURROGATES) == set(SURROGATES.values()) == {type(form) for form in FORMS}
    for form in FORMS:
        x = torch.full((3, 1, 4), 0.9, requires_grad=True)
        LIF(5e-3, 1e-3, surrogate=form, backend="cpu").eval()(x).sum().backward()
        assert x.grad.abs().sum() > 0


def test_inputs_that_are_not_contiguous_or_need_no_gradient():
    x = torch.randn(4, 9, 5).transpose(0, 1)
    v = torch.zeros(4, 5)
    decay, threshold = torch.tensor(0.9), torch.tensor(1.0)
    options = (decay, threshold, 0.0, ATan(), True)
    assert torch.equal(cpu.lif(x, v, *options)[0], reference.lif(x, v, *options)[0])
    leaf = x.clone().requires_grad_()
    cpu.lif(leaf, v, *options)[0].transpose(0, 1).square().sum().backward()
    assert leaf.grad.shape == leaf.shape


def test_registered_operators_keep_torchs_contract():
    x = torch.randn(5, 2, 3, requires_grad=True)
    v = torch.zeros(2, 3, requires_grad=True)
    decay = torch.tensor(0.9)
    options = (decay, torch.tensor(1.0), 0.0, False, True, *cpu.compiled_form(ATan()))
    torch.library.opcheck(torch.ops.polychrony.lif.default, (x, v, *options))
    torch.library.opcheck(torch.ops.polychrony.li.default, (x, v, decay))


def test_torch_compile_sees_the_whole_layer():
    layer = LIF(5e-3, 1e-3, backend="cpu")
    compiled = torch.compile(layer, backend="aot_eager", fullgraph=True)
    x = torch.randn(6, 2, 3, requires_grad=True)
    (wanted,) = torch.autograd.grad(layer(x).sum(), x)
    (found,) = torch.autograd.grad(compiled(x).sum(), x)
    torch.testing.assert_close(found, wanted)


@dataclass(frozen=True)
class _Custom(Surrogate):
    width: float = 1.0

    def derivative(self, distance):
        return self.width - distance * 0


@pytest.mark.parametrize(
    ("x", "surrogate", "message"),
    [
        (torch.zeros(2, 1, 1, dtype=torch.bfloat16), ATan(), "bfloat16"),
        (torch.zeros(2, 1, 1, device="meta"), ATan(), "meta"),
        (torch.zeros(2, 1, 1), _Custom(), "no compiled form"),
    ],
)
def test_by_name_it_runs_or_raises_and_auto_takes_another(x, surrogate, message):
    decay, threshold = x.new_tensor(0.9), x.new_tensor(1.0)
    options = (x, x[0] if len(x) else x, decay, threshold, 0.0, surrogate, True)
    with pytest.raises(SnnError, match=message):
        kernels.lif(*options, backend="cpu")
    assert kernels.lif(*options)[0].shape == x.shape


def test_learnable_parameters_go_to_the_reference():
    x = torch.ones(3, 1, 2)
    decay = torch.full((2,), 0.9, requires_grad=True)
    with pytest.raises(SnnError, match="no gradient of decay"):
        kernels.li(x, x[0], decay, backend="cpu")
    kernels.li(x, x[0], decay)[0].sum().backward()
    assert decay.grad.abs().sum() > 0
