"""LIF and LI layers as modules."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.snn import LI, LIF, LIFState, LIState, SnnError, Triangle

DT = 1e-3


@pytest.mark.parametrize("layer", [LIF(5e-3, DT), LIF(5e-3, DT, v_reset=None), LI(5e-3, DT)])
def test_forward_starts_at_rest_every_time_and_keeps_nothing(layer):
    x = torch.rand(20, 7, 4, requires_grad=True)
    first = layer(x)
    first.sum().backward()
    second = layer(x)
    second.sum().backward()
    assert torch.equal(first, second)
    small = x[:, :3].detach()
    assert torch.equal(layer(small), first[:, :3])
    assert layer.state_dict() == {}


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**31), cut=st.integers(0, 15), soft=st.booleans())
def test_splitting_time_in_two_changes_nothing(seed, cut, soft):
    layer = LIF(5e-3, DT, v_reset=None if soft else 0.0)
    x = torch.randn(15, 2, 3, generator=torch.Generator().manual_seed(seed))
    whole, last = layer.forward_with_state(x)
    early, state = layer.forward_with_state(x[:cut])
    late, end = layer.forward_with_state(x[cut:], state)
    assert torch.equal(torch.cat([early, late]), whole)
    assert torch.equal(end.v, last.v)


def test_causality_and_batch_independence():
    layer = LIF(5e-3, DT)
    x = torch.randn(12, 3, 4)
    changed = x.clone()
    changed[6:, 1] += 1
    before, after = layer(x), layer(changed)
    assert torch.equal(before[:6], after[:6])
    assert torch.equal(before[:, [0, 2]], after[:, [0, 2]])


def test_decay_of_both_discretizations():
    assert LIF(5e-3, DT).decay.item() == pytest.approx(math.exp(-0.2))
    assert LIF(5e-3, DT, discretization="euler").decay.item() == pytest.approx(0.8)
    per_neuron = LI(torch.tensor([1e-3, 2e-3]), DT)
    torch.testing.assert_close(per_neuron.decay, torch.exp(torch.tensor([-1.0, -0.5])))


@pytest.mark.parametrize("detach", [True, False])
@pytest.mark.parametrize("v_reset", [0.0, -0.2, None])
def test_gradient_is_the_chain_rule_written_by_hand(detach, v_reset):
    decay, threshold, surrogate = 0.8, 1.0, Triangle()
    layer = LIF(
        -DT / math.log(decay), DT, threshold, v_reset, surrogate=surrogate, detach_reset=detach
    ).double()
    x = torch.randn(9, 2, 3, dtype=torch.float64).mul(2).requires_grad_()
    upstream = torch.randn_like(x)
    (grad,) = torch.autograd.grad(layer(x), x, upstream)

    decay = layer.decay
    v = torch.zeros_like(x[0])
    potentials = []
    for current in x.detach():
        h = decay * v + current
        s = (h >= threshold).double()
        potentials.append(h)
        v = h - threshold * s if v_reset is None else torch.where(s > 0, v_reset, h)
    expected, flow = torch.zeros_like(x), torch.zeros_like(x[0])
    for t in reversed(range(len(x))):
        h = potentials[t]
        s, ds = (h >= threshold).double(), surrogate.derivative(h - threshold)
        through = torch.ones_like(s) if v_reset is None else 1 - s
        if not detach:
            through = through - ds * (threshold if v_reset is None else h - v_reset)
        flow = upstream[t] * ds + flow * through
        expected[t] = flow
        flow = flow * decay
    torch.testing.assert_close(grad, expected)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LIF(0.0, DT), "tau_mem is 0.0 s"),
        (lambda: LIF(5e-3, -1.0), "dt is -1.0 s"),
        (lambda: LIF(5e-4, DT, discretization="euler"), "tau_mem >= dt"),
        (lambda: LIF(5e-3, DT, v_threshold=0), "v_threshold is 0 V"),
        (lambda: LIF(5e-3, DT, v_reset=2.0), "below v_threshold"),
        (lambda: LIF(5e-3, DT)(torch.zeros(3, 4)), r"expected \[T, B, N\]"),
        (lambda: LIF(5e-3, DT)(torch.zeros(3, 4, 5, dtype=torch.int64)), r"\.float\(\)"),
        (lambda: LIF(5e-3, DT, backend="magic")(torch.zeros(3, 4, 5)), "'magic' is unknown"),
        (
            lambda: LIF(5e-3, DT).forward_with_state(
                torch.zeros(3, 4, 5), LIFState(torch.zeros(2, 5))
            ),
            r"shape \(2, 5\), this input needs \(4, 5\)",
        ),
        (
            lambda: LI(5e-3, DT).forward_with_state(
                torch.zeros(3, 4, 5), LIState(torch.zeros(4, 5, dtype=torch.float64))
            ),
            "float64",
        ),
    ],
)
def test_errors_say_what_is_wrong(make, message):
    with pytest.raises(SnnError, match=message):
        make()
