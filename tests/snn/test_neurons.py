"""Current-based and adaptive neurons as layers."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.snn import SURROGATES, AdLIF, CubaLIF, SnnError

DT = 1e-3


def _layers(**options):
    torch.manual_seed(0)
    tau = torch.tensor([5e-3, 8e-3, 12e-3])
    return [CubaLIF(tau / 2, tau, DT, learn_tau=True, **options), AdLIF(3, DT, **options)]


def _input(steps=30, batch=2, dtype=torch.float64, scale=4.0):
    return torch.rand(steps, batch, 3, dtype=dtype) * scale


def test_cuba_is_two_leaks_in_a_row():
    layer = CubaLIF(4e-3, 9e-3, DT, v_reset=None).double()
    x = _input(dtype=torch.float64) * 0.3
    i = v = torch.zeros(2, 3, dtype=torch.float64)
    for t, spikes in enumerate(layer(x)):
        i = i * torch.exp(torch.tensor(-DT / 4e-3, dtype=torch.float64)) + x[t]
        h = v * torch.exp(torch.tensor(-DT / 9e-3, dtype=torch.float64)) + i
        assert torch.equal(spikes, (h >= 1).double())
        v = h - spikes


def test_adaptation_slows_firing_down():
    options = {"tau_mem": (10e-3, 10e-3), "tau_adapt": (100e-3, 100e-3), "a": (0.0, 0.0)}
    x = torch.full((400, 1, 3), 3.0)
    plain, adaptive = (AdLIF(3, DT, **options, b=(b, b))(x) for b in (0.0, 1.0))
    assert plain[:50].sum() > 0
    assert adaptive[300:].sum() < plain[300:].sum() / 2


@pytest.mark.parametrize("index", [0, 1], ids=["cuba", "adlif"])
@pytest.mark.parametrize("v_reset", [0.0, None])
@settings(max_examples=15, deadline=None)
@given(cut=st.integers(0, 30))
def test_a_sequence_in_two_parts_equals_the_whole(index, v_reset, cut):
    layer = _layers(v_reset=v_reset)[index].double()
    x = _input()
    whole, final = layer.forward_with_state(x)
    first, state = layer.forward_with_state(x[:cut])
    second, end = layer.forward_with_state(x[cut:], state)
    assert torch.equal(torch.cat([first, second]), whole)
    for a, b in zip(end, final, strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("index", [0, 1], ids=["cuba", "adlif"])
@pytest.mark.parametrize("surrogate", SURROGATES.values(), ids=SURROGATES.keys())
@pytest.mark.parametrize("backend", ["cpu", "reference"])
@pytest.mark.parametrize("training", [True, False])
def test_every_parameter_gets_the_gradient_of_the_reference(index, surrogate, backend, training):
    grads = []
    for kind in (backend, "reference"):
        layer = _layers(surrogate=surrogate(), backend=kind)[index].double().train(training)
        torch.manual_seed(1)
        x = _input(scale=(0.5, 4.0)[index])  # near threshold, where every surrogate has a slope
        (layer(x) * _input()).sum().backward()
        grads.append([parameter.grad for parameter in layer.parameters()])
    for a, b in zip(*grads, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9)
        assert a.abs().sum() > 0


def test_gradient_of_a_parameter_equals_finite_differences_below_threshold():
    layer = AdLIF(3, DT, v_threshold=1e6).double()
    x = _input(steps=12)

    def final(*values):
        kept = dict(layer.named_parameters())
        layer._parameters.update(zip(("tau_mem", "tau_adapt", "a", "b"), values, strict=True))
        state = layer.forward_with_state(x)[1]
        layer._parameters.update(kept)
        return state.v + state.w

    inner = [0.01, 0.1, 0.4, 0.7]
    leaves = [torch.full((3,), v, dtype=torch.float64, requires_grad=True) for v in inner]
    assert torch.autograd.gradcheck(final, leaves, eps=1e-6)


def test_a_parameter_outside_its_range_comes_back():
    layer = AdLIF(3, DT)
    with torch.no_grad():
        layer.a.fill_(5.0)
    inside = AdLIF(3, DT)
    inside.load_state_dict(layer.state_dict())
    inside.clamp_parameters()
    assert float(inside.a.detach().max()) == 1.0
    x = _input(dtype=torch.float32)
    assert torch.equal(layer(x), inside(x))
    layer(x).sum().backward()
    assert layer.a.grad.abs().sum() > 0


@pytest.mark.parametrize("index", [0, 1], ids=["cuba", "adlif"])
def test_misuse_is_refused(index):
    layer = _layers()[index]
    with pytest.raises(SnnError, match="time first"):
        layer(torch.zeros(3, 3))
    with pytest.raises(SnnError, match="float"):
        layer(torch.zeros(3, 2, 3, dtype=torch.int64))
    _, state = layer.forward_with_state(torch.zeros(3, 2, 3))
    with pytest.raises(SnnError, match="carried state"):
        layer.forward_with_state(torch.zeros(3, 4, 3), state)


def test_arguments_out_of_range_are_refused():
    with pytest.raises(SnnError, match="v_threshold"):
        CubaLIF(5e-3, 5e-3, DT, v_threshold=0.0)
    with pytest.raises(SnnError, match="above 0"):
        CubaLIF(-1.0, 5e-3, DT)
    with pytest.raises(SnnError, match="range of a"):
        AdLIF(3, DT, a=(1.0, 0.0))
    with pytest.raises(SnnError, match=r"expected \[T, B, 3\]"):
        AdLIF(3, DT)(torch.zeros(4, 2, 5))
