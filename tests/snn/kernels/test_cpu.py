"""The compiled neurons against the reference: output, final state, every gradient."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from neuron_cases import FORMS, MODELS, case, gradients

from polychrony.snn import LIF, SURROGATES, ATan, SnnError, Surrogate, kernels
from polychrony.snn.kernels import reference, surrogates

SHAPES = [(1, 1, 1), (7, 2, 3), (33, 3, 65), (5, 4, 700), (9, 2, 3, 4)]


def _compare(model, made, tolerance):
    expected = getattr(reference, model)(*made.arguments)
    got = getattr(kernels, model)(*made.arguments, backend="cpu")
    for ours, wanted in zip(got, expected, strict=True):
        torch.testing.assert_close(ours, wanted, rtol=0, atol=0)
    wanted, found = gradients(expected, made), gradients(got, made)
    torch.testing.assert_close(found, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("surrogate", FORMS, ids=lambda form: form.name)
@pytest.mark.parametrize("v_reset", [0.0, -0.3, None])
@pytest.mark.parametrize("detach", [True, False])
@pytest.mark.parametrize("learn", [True, False])
@pytest.mark.parametrize("model", MODELS)
def test_every_option_equals_the_reference(model, surrogate, v_reset, detach, learn):
    for dtype, tolerance in ((torch.float64, 1e-10), (torch.float32, 1e-3)):
        made = case(model, (12, 2, 33), dtype, surrogate, v_reset, detach, learn)
        _compare(model, made, tolerance)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("model", MODELS)
def test_odd_shapes_equal_the_reference(model, shape):
    for learn in (True, False):
        _compare(model, case(model, shape, learn=learn), 1e-10)


@pytest.mark.parametrize("model", MODELS)
def test_blocks_and_long_sequences_equal_the_reference(model):
    _compare(model, case(model, (300, 3, 700), torch.float32, learn=False), 1e-3)


@pytest.mark.parametrize("model", MODELS)
def test_no_steps_leave_the_state(model):
    made = case(model, (0, 2, 3))
    out, *states = getattr(kernels, model)(*made.arguments, backend="cpu")
    assert out.shape == (0, 2, 3)
    for state, before in zip(states, made.arguments[1:], strict=False):
        assert torch.equal(state, before)
    assert all(torch.isfinite(g).all() for g in gradients((out, *states), made)[1:])


@pytest.mark.parametrize("half", [torch.bfloat16, torch.float16])
def test_half_precision_is_computed_in_single(half):
    x = torch.randn(20, 2, 9).to(half)
    v = torch.zeros(2, 9, dtype=half)
    options = (torch.tensor(0.9), torch.tensor(1.0), 0.0, ATan(), True)
    wanted, state = reference.lif(x.float(), v.float(), *options)
    spikes, after = kernels.lif(x, v, *options, backend="cpu")
    assert spikes.dtype == after.dtype == half
    assert torch.equal(spikes.float(), wanted)
    assert torch.equal(after, state.to(half))


def test_every_surrogate_has_a_compiled_form_with_a_gradient():
    assert set(surrogates.SURROGATES) == set(SURROGATES.values()) == {type(form) for form in FORMS}
    for form in FORMS:
        for mode in (True, False):
            found = []
            for backend in ("reference", "cpu"):
                x = torch.full((3, 1, 4), 0.9, requires_grad=True)
                LIF(5e-3, 1e-3, surrogate=form, backend=backend).train(mode)(x).sum().backward()
                found.append(x.grad)
            assert found[1].abs().sum() > 0
            torch.testing.assert_close(found[1], found[0])


def test_inputs_that_are_not_contiguous_or_need_no_gradient():
    x = torch.randn(4, 9, 5).transpose(0, 1)
    v = torch.zeros(4, 5)
    options = (torch.tensor(0.9), torch.tensor(1.0), 0.0, ATan(), True)
    fast = kernels.lif(x, v, *options, backend="cpu")[0]
    assert torch.equal(fast, reference.lif(x, v, *options)[0])
    leaf = x.clone().requires_grad_()
    kernels.lif(leaf, v, *options, backend="cpu")[0].transpose(0, 1).square().sum().backward()
    assert leaf.grad.shape == leaf.shape


def test_a_result_that_is_not_used_needs_no_gradient():
    made = case("lif", (5, 2, 3))
    for index in (0, 1):
        outcomes = reference.lif(*made.arguments), kernels.lif(*made.arguments, backend="cpu")
        expected, got = (
            torch.autograd.grad(
                outcome[index].sum(), made.leaves, allow_unused=True, materialize_grads=True
            )
            for outcome in outcomes
        )
        torch.testing.assert_close(got, expected)


@dataclass(frozen=True)
class _Custom(Surrogate):
    width: float = 1.0

    def derivative(self, distance):
        return self.width - distance * 0


@pytest.mark.parametrize(
    ("x", "surrogate", "message"),
    [
        (torch.zeros(2, 1, 1, dtype=torch.complex64), ATan(), "complex64"),
        (torch.zeros(2, 1, 1, device="meta"), ATan(), "meta"),
        (torch.zeros(2, 1, 1), _Custom(), "no compiled form"),
    ],
)
def test_by_name_it_runs_or_raises(x, surrogate, message):
    options = (x[0], x.new_tensor(0.9), x.new_tensor(1.0), 0.0, surrogate, True)
    with pytest.raises(SnnError, match=message):
        kernels.lif(x, *options, backend="cpu")


def test_auto_takes_the_reference_for_a_surrogate_of_ones_own():
    x = torch.ones(2, 1, 1, requires_grad=True)
    options = (x[0], x.new_tensor(0.9), x.new_tensor(1.0), 0.0, _Custom(), True)
    kernels.lif(x, *options)[0].sum().backward()
    assert x.grad.abs().sum() > 0
