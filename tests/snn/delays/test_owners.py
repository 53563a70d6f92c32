"""Delays of axons and dendrites against delays of synapses."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.snn import DelayedLinear, SnnError


def _pair(owner, taps=1, kernel="gauss", dtype=torch.float64):
    """A layer whose neurons own the delays, and one with the same delays at its synapses."""
    torch.manual_seed(0)
    layer = DelayedLinear(5, 4, 7, kernel, taps, bias=True, delay_of=owner).to(dtype)
    same = DelayedLinear(5, 4, 7, kernel, taps, bias=True, backend="reference").to(dtype)
    with torch.no_grad():
        same.weight.copy_(layer.weight)
        same.bias.copy_(layer.bias)
        same.delay.copy_(layer.weight_delay)
        same.sigma.copy_(layer.sigma)
    return layer, same


@pytest.mark.parametrize("owner", ["axon", "dendrite"])
@pytest.mark.parametrize("taps", [1, 3])
@pytest.mark.parametrize("kernel", ["gauss", "triangle", "linear"])
@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_equals_the_same_delays_at_every_synapse(owner, taps, kernel, discrete, training):
    pair = _pair(owner, taps, kernel)
    outcomes = []
    x = torch.randn(11, 3, 5, dtype=torch.float64, requires_grad=True)
    upstream = torch.randn(11, 3, 4, dtype=torch.float64)
    for layer in pair:
        layer.train(training)
        if discrete:
            layer.discretize()
        y = layer(x)
        leaves = [x, layer.weight, layer.bias]
        if not discrete:
            leaves.append(layer.delay)
        grads = torch.autograd.grad(y, leaves, upstream)
        outcomes.append([y, *grads[:3], *(grads[3:])])
    ours, theirs = outcomes
    for found, wanted in zip(ours[:4], theirs[:4], strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-10, atol=1e-10)
    if not discrete:
        axis = 0 if owner == "axon" else 1
        torch.testing.assert_close(ours[4], theirs[4].sum(axis, keepdim=True))


@pytest.mark.parametrize("owner", ["axon", "dendrite"])
@settings(max_examples=15, deadline=None)
@given(cut=st.integers(0, 14))
def test_a_sequence_in_two_parts_equals_the_whole(owner, cut):
    layer, _ = _pair(owner)
    x = torch.randn(14, 2, 5, dtype=torch.float64)
    first, state = layer.forward_with_state(x[:cut])
    second, _ = layer.forward_with_state(x[cut:], state)
    torch.testing.assert_close(torch.cat([first, second]), layer(x))


def test_a_neuron_has_one_delay():
    assert DelayedLinear(5, 4, 7, delay_of="axon").delay.shape == (1, 5, 1)
    assert DelayedLinear(5, 4, 7, delay_of="dendrite").delay.shape == (4, 1, 1)


def test_an_unknown_owner_is_refused():
    with pytest.raises(SnnError, match="synapse, axon, dendrite"):
        DelayedLinear(5, 4, 7, delay_of="soma")
