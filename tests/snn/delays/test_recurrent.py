"""Feedback through delayed synapses against a plain loop over steps."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.snn import LIF, AdLIF, DelayedRecurrent, SnnError

N = 4


def _layer(longest=5, discrete=False, shortest=0, neurons=None, **options):
    torch.manual_seed(0)
    neurons = neurons or LIF(5e-3, 1e-3, v_reset=None)
    layer = DelayedRecurrent(neurons, N, longest, **options).double()
    with torch.no_grad():
        layer.synapses.weight.mul_(2)
        layer.synapses.delay.clamp_(min=shortest)
    return layer.discretize() if discrete else layer


def _input(steps=20, batch=2):
    return torch.rand(steps, batch, N, dtype=torch.float64) * 0.6


def _loop(layer, x):
    """One step after the other, each delay of each synapse by itself."""
    kernel = layer.synapses.tap_kernel()
    spikes, state = [], None
    for t, current in enumerate(x):
        for c in range(layer.max_delay):
            if t - 1 - c >= 0:
                current = current + spikes[t - 1 - c] @ kernel[c].T
        fired, state = layer.neurons.forward_with_state(current.unsqueeze(0), state)
        spikes.append(fired[0])
    return torch.stack(spikes)


@pytest.mark.parametrize("longest", [1, 2, 5, 30])
@pytest.mark.parametrize(("discrete", "shortest"), [(False, 0), (True, 0), (True, 4)])
def test_equals_a_loop_over_steps_with_all_gradients(longest, discrete, shortest):
    layer = _layer(longest, discrete, min(shortest, longest - 1))
    x = _input().requires_grad_()
    upstream = torch.randn(20, 2, N, dtype=torch.float64)
    leaves = [x, *(p for p in layer.parameters() if p.requires_grad)]
    outcomes = []
    for run in (lambda: layer(x), lambda: _loop(layer, x)):
        spikes = run()
        outcomes.append([spikes, *torch.autograd.grad(spikes, leaves, upstream)])
    assert outcomes[0][0].sum() > 0
    for found, wanted in zip(*outcomes, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-9, atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(cut=st.integers(0, 20), longest=st.integers(1, 8), discrete=st.booleans())
def test_a_sequence_in_two_parts_equals_the_whole(cut, longest, discrete):
    layer = _layer(longest, discrete)
    x = _input()
    first, state = layer.forward_with_state(x[:cut])
    second, end = layer.forward_with_state(x[cut:], state)
    whole, final = layer.forward_with_state(x)
    assert torch.equal(torch.cat([first, second]), whole)
    torch.testing.assert_close(end.pending, final.pending)


def test_a_spike_returns_after_its_delay_and_not_before():
    for delay in range(1, 6):
        layer = _layer(5, neurons=LIF(1e-9, 1e-3))
        with torch.no_grad():
            layer.synapses.weight.fill_(1.0)
            layer.synapses.delay.fill_(delay - 1)
        x = torch.zeros(delay + 2, 1, N, dtype=torch.float64)
        x[0] = 1.0
        spikes = layer.discretize()(x)[:, 0].sum(1)
        assert spikes[[0, delay]].tolist() == [N, N]
        assert spikes[1:delay].sum() == 0


def test_adaptive_neurons_take_part():
    layer = _layer(neurons=AdLIF(N, 1e-3))
    layer(_input() * 20).sum().backward()
    assert all(p.grad is not None for p in layer.parameters())


def test_misuse_is_refused():
    with pytest.raises(SnnError, match="1 step at least"):
        _layer(0)
    with pytest.raises(SnnError, match="carried state"):
        layer = _layer()
        layer.forward_with_state(_input(), layer.forward_with_state(_input(batch=3))[1])
