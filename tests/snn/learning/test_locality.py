"""What local means: no update depends on a later layer, or on a later step."""

from __future__ import annotations

import pytest
import torch
from stepwise import cells
from torch import nn

from polychrony.snn.learning import Block, BlockNetwork, decolle, ottt, stllr, tess

LABELS = torch.tensor([0, 2, 1, 1])


def network():
    torch.manual_seed(3)
    blocks = [Block(nn.Linear(7, 9), cells()), Block(nn.Linear(9, 8), cells())]
    return BlockNetwork(blocks, nn.Linear(8, 3))


def spikes(n_steps=12):
    torch.manual_seed(4)
    return (torch.rand(n_steps, 4, 7) < 0.4).float()


def updates(rule, net, x):
    net.zero_grad()
    rule.gradients(net, x, LABELS)
    return [p.grad.clone() for p in net.parameters()]


def perturbed(net, block):
    with torch.no_grad():
        net.blocks[block].synapses.weight.add_(0.3)
    return net


@pytest.mark.parametrize("rule", [tess, decolle])
def test_no_gradient_crosses_a_block(rule):
    before = updates(rule(), network(), spikes())
    after = updates(rule(), perturbed(network(), 1), spikes())
    assert before[0].abs().sum() > 0
    assert torch.equal(before[0], after[0]) and torch.equal(before[1], after[1])
    assert not torch.equal(before[2], after[2])


@pytest.mark.parametrize("rule", [stllr, ottt])
def test_where_the_error_comes_through_space_it_does(rule):
    before = updates(rule(), network(), spikes())
    after = updates(rule(), perturbed(network(), 1), spikes())
    assert not torch.equal(before[0], after[0])


@pytest.mark.parametrize("rule", [tess, decolle, stllr, ottt])
def test_no_gradient_crosses_time(rule):
    x, other = spikes(), spikes()
    other[8:] = 1 - other[8:]
    same = [updates(rule(), network(), each[:8]) for each in (x, other)]
    whole = [updates(rule(), network(), each) for each in (x, other)]
    rest = []
    for each in (x, other):
        net, made = network(), rule()
        state = made.gradients(net, each[:8], LABELS).state
        first = [p.grad.clone() for p in net.parameters()]
        made.gradients(net, each[8:], LABELS, state)
        rest.append((first, [p.grad.clone() for p in net.parameters()]))
    for a, b, first in zip(same[0], same[1], rest[1][0], strict=True):
        assert torch.equal(a, b) and torch.equal(a, first)
    # What is learned after the change differs, and a sequence may be cut in two.
    assert not torch.equal(whole[0][0], whole[1][0])
    for cut, uncut in zip(rest[1][1], whole[1], strict=True):
        torch.testing.assert_close(cut, uncut, rtol=1e-4, atol=1e-6)


def test_without_traces_it_is_the_gradient_of_every_step():
    x, net = spikes(), network()
    rule = stllr(alpha_post=0.0, lambda_pre=0.0)
    found = updates(rule, net, x)
    net.zero_grad()
    state, total = None, torch.zeros(())
    for step in x:
        y, state = net.forward_with_state(step[None], state)
        total = total + nn.functional.cross_entropy(y[0], LABELS)
        state = type(state)(
            tuple(
                type(each)(*(None if v is None else cut(v) for v in each)) for each in state.blocks
            ),
            state.readout.detach(),
        )
    total.backward()
    for p, grad in zip(net.parameters(), found, strict=True):
        torch.testing.assert_close(p.grad, grad, rtol=1e-4, atol=1e-6)


def cut(value):
    """The same state without its past."""
    if isinstance(value, torch.Tensor):
        return value.detach()
    return type(value)(*map(cut, value)) if isinstance(value, tuple) else value


def test_without_the_post_trace_and_with_the_decay_of_the_neurons_it_is_ottt():
    net, x = network(), spikes()
    # lambda_pre=None is the decay of the neurons.
    for a, b in zip(
        updates(stllr(alpha_post=0.0, lambda_pre=None), net, x),
        updates(ottt(), net, x),
        strict=True,
    ):
        assert torch.equal(a, b)


def test_one_step_at_a_time_equals_a_chunk():
    net, x = network(), spikes()
    for a, b in zip(updates(tess(chunk=1), net, x), updates(tess(chunk=5), net, x), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)
