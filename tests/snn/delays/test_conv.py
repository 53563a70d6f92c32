"""Convolutions with delays: every backend against the definition, and the layer."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.snn import DelayedConv2d, SnnError
from polychrony.snn.kernels import conv

CASES = [
    # T, B, C_in, C_out, H, W, kernel, taps, stride, padding, groups
    (1, 1, 1, 1, 3, 3, 3, 1, 1, 0, 1),
    (6, 2, 2, 3, 5, 4, 3, 4, 1, 1, 1),
    (5, 1, 4, 2, 6, 7, 2, 9, 2, 0, 2),
    (20, 2, 3, 3, 4, 4, 1, 13, 1, 0, 3),
]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("backend", ["direct", "fourier", "auto"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-11), (torch.float32, 1e-4)])
def test_equals_the_definition_in_output_and_gradients(case, backend, dtype, tolerance):
    steps, batch, c_in, c_out, height, width, size, taps, stride, padding, groups = case
    x = torch.randn(steps, batch, c_in, height, width, dtype=dtype, requires_grad=True)
    kernel = torch.randn(taps, c_out, c_in // groups, size, size, dtype=dtype, requires_grad=True)
    outcomes = []
    for name in (backend, "reference"):
        y = conv.delayed_conv2d(x, kernel, stride, padding, groups, name)
        torch.manual_seed(0)
        grads = torch.autograd.grad(y, (x, kernel), torch.randn(y.shape, dtype=dtype))
        outcomes.append([y, *grads])
    for found, wanted in zip(*outcomes, strict=True):
        torch.testing.assert_close(found, wanted, rtol=tolerance, atol=tolerance)


def _layer(**options):
    torch.manual_seed(0)
    return DelayedConv2d(2, 3, 3, 6, padding=1, bias=True, **options).double()


@settings(max_examples=15, deadline=None)
@given(cut=st.integers(0, 12), discrete=st.booleans())
def test_a_sequence_in_two_parts_equals_the_whole(cut, discrete):
    layer = _layer()
    layer = layer.discretize() if discrete else layer
    x = torch.randn(12, 2, 2, 4, 5, dtype=torch.float64)
    first, state = layer.forward_with_state(x[:cut])
    second, _ = layer.forward_with_state(x[cut:], state)
    torch.testing.assert_close(torch.cat([first, second]), layer(x))


@settings(max_examples=10, deadline=None)
@given(step=st.integers(0, 11))
def test_what_comes_later_changes_nothing_before(step):
    layer = _layer()
    x = torch.randn(12, 1, 2, 4, 4, dtype=torch.float64)
    y = layer(x)
    x[step:] += 1
    torch.testing.assert_close(layer(x)[:step], y[:step])


def test_a_discrete_delay_moves_a_spike_by_its_steps():
    layer = DelayedConv2d(1, 1, 1, 6)
    for delay in range(7):
        with torch.no_grad():
            layer.delay.fill_(delay)
            layer.weight.fill_(1.0)
        x = torch.zeros(9, 1, 1, 2, 2)
        x[2] = 1
        arrived = layer.discretize()(x)[:, 0, 0, 0, 0]
        assert arrived.round(decimals=4).nonzero().flatten().tolist() == (
            [2 + delay] if 2 + delay < 9 else []
        )


def test_delays_and_weights_learn():
    layer = _layer()
    layer(torch.rand(12, 2, 2, 4, 4, dtype=torch.float64)).square().sum().backward()
    assert layer.delay.grad.abs().sum() > 0
    assert layer.weight.grad.abs().sum() > 0


def test_no_steps_give_no_steps():
    assert _layer()(torch.zeros(0, 2, 2, 4, 4, dtype=torch.float64)).shape == (0, 2, 3, 4, 4)


def test_misuse_is_refused():
    with pytest.raises(SnnError, match="groups"):
        DelayedConv2d(3, 3, 3, 5, groups=2)
    with pytest.raises(SnnError, match="time first"):
        _layer()(torch.zeros(3, 2, 4, 4, dtype=torch.float64))
    with pytest.raises(SnnError, match="unknown"):
        _layer(backend="magic")(torch.zeros(3, 1, 2, 4, 4, dtype=torch.float64))
