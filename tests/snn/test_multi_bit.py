"""Neurons whose spikes have several bits."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.snn import LIF, ATan, Boxcar, MultiBitLIF, SnnError, Triangle

DT = 1e-3


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**31), detach=st.booleans(), v_threshold=st.floats(0.1, 3))
def test_one_bit_rounded_down_is_the_lif_neuron_with_soft_reset(seed, detach, v_threshold):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(12, 3, 4, generator=generator, dtype=torch.float64)
    upstream = torch.randn(12, 3, 4, generator=generator, dtype=torch.float64)
    found = []
    for layer in (
        LIF(5e-3, DT, v_threshold, None, ATan(), detach, backend="reference"),
        MultiBitLIF(5e-3, DT, 1, v_threshold, "down", ATan(), detach),
    ):
        leaf = x.clone().requires_grad_()
        spikes, state = layer.double().forward_with_state(leaf)
        (grad,) = torch.autograd.grad(spikes, leaf, upstream)
        found.append((spikes.detach(), state.v.detach(), grad))
    assert torch.equal(found[0][0], found[1][0])
    torch.testing.assert_close(found[0][1:], found[1][1:])


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**31),
    bits=st.integers(1, 8),
    rounding=st.sampled_from(["nearest", "down"]),
    v_threshold=st.sampled_from([0.25, 0.5, 1.0, 2.0]),
)
def test_spikes_are_the_equations_written_by_hand(seed, bits, rounding, v_threshold):
    layer = MultiBitLIF(5e-3, DT, bits, v_threshold, rounding).double()
    x = torch.randn(10, 2, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    x = x * 2.0**bits
    spikes, state = layer.forward_with_state(x)
    v = np.zeros((2, 3))
    offset = 0.5 if rounding == "nearest" else 0.0
    for t in range(10):
        h = layer.decay.item() * v + x[t].numpy()
        s = np.clip(np.floor(h / v_threshold + offset), 0, 2**bits - 1)
        np.testing.assert_array_equal(spikes[t].numpy(), s)
        v = h - v_threshold * s
    np.testing.assert_allclose(state.v.numpy(), v)


def test_the_default_gradient_is_straight_through_where_nothing_is_clipped():
    layer = MultiBitLIF(5e-3, DT, 2, 0.5).double()
    h = torch.tensor([-0.3, 0.1, 0.6, 1.4, 1.6], dtype=torch.float64).view(1, 1, -1)
    h.requires_grad_()
    (grad,) = torch.autograd.grad(layer(h).sum(), h)
    assert grad.flatten().tolist() == [0, 2, 2, 2, 0]


@pytest.mark.parametrize("detach", [True, False])
@pytest.mark.parametrize("rounding", ["nearest", "down"])
def test_gradient_through_time_is_the_chain_rule_written_by_hand(rounding, detach):
    surrogate, v_threshold, bits = Triangle(1.5), 0.7, 2
    layer = MultiBitLIF(5e-3, DT, bits, v_threshold, rounding, surrogate, detach).double()
    x = torch.randn(9, 2, 3, dtype=torch.float64).mul(2).requires_grad_()
    upstream = torch.randn_like(x)
    (grad,) = torch.autograd.grad(layer(x), x, upstream)
    decay, offset = layer.decay, 0.5 if rounding == "nearest" else 0.0
    v, potentials = torch.zeros_like(x[0]), []
    for current in x.detach():
        h = decay * v + current
        potentials.append(h)
        v = h - v_threshold * (h / v_threshold + offset).floor().clamp(0, 3)
    steps = (torch.arange(1, 4, dtype=torch.float64) - offset) * v_threshold
    expected, flow = torch.zeros_like(x), torch.zeros_like(x[0])
    for t in reversed(range(len(x))):
        away = potentials[t].unsqueeze(-1) - steps
        near = away.gather(-1, away.abs().argmin(-1, keepdim=True)).squeeze(-1)
        slope = surrogate.derivative(near)
        through = 1.0 if detach else 1 - v_threshold * slope
        flow = upstream[t] * slope + flow * through
        expected[t] = flow
        flow = flow * decay
    torch.testing.assert_close(grad, expected)


def test_splitting_time_causality_and_batch_independence():
    layer = MultiBitLIF(5e-3, DT, 3)
    x = torch.randn(12, 3, 4) * 3
    whole, last = layer.forward_with_state(x)
    early, state = layer.forward_with_state(x[:5])
    late, end = layer.forward_with_state(x[5:], state)
    assert torch.equal(torch.cat([early, late]), whole) and torch.equal(end.v, last.v)
    assert torch.equal(layer(x[:, :1]), whole[:, :1])
    assert layer(x[:0]).shape == (0, 3, 4)
    assert layer.state_dict() == {}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MultiBitLIF(5e-3, DT, 0), "bits is 0"),
        (lambda: MultiBitLIF(5e-3, DT, 9), "from 1 to 8"),
        (lambda: MultiBitLIF(5e-3, DT, 2, rounding="up"), "'nearest' or 'down'"),
        (lambda: MultiBitLIF(5e-3, DT, 2, v_threshold=0), "v_threshold is 0 V"),
        (lambda: MultiBitLIF(5e-3, DT, 2)(torch.zeros(3, 4)), r"expected \[T, B, N\]"),
    ],
)
def test_errors_say_what_is_wrong(make, message):
    with pytest.raises(SnnError, match=message):
        make()


def test_default_surrogate_is_a_box_of_one_threshold():
    assert MultiBitLIF(5e-3, DT, 2, 0.5).surrogate == Boxcar(0.5, 2.0)
