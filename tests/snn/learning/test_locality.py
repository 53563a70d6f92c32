"""Where an update may come from: neither later layers nor later steps."""

from __future__ import annotations

import pytest
import torch
from stepwise import cells
from torch import nn

from polychrony.snn.learning import (
    BPTT,
    Block,
    BlockNetwork,
    StandardizedConv2d,
    decolle,
    eprop,
    ottt,
    stllr,
    tess,
)

LOCAL_IN_SPACE = {"tess": tess, "decolle": decolle}
LOCAL_IN_TIME = {
    **LOCAL_IN_SPACE,
    "s-tllr": stllr,
    "direct": lambda **options: stllr(feedback="direct", **options),
    "ottt": ottt,
    "e-prop": eprop,
}


def _network():
    blocks = [
        Block(StandardizedConv2d(2, 4, 3, padding=1), cells(), nn.MaxPool2d(2)),
        Block(nn.Linear(64, 9), cells(), recurrent=nn.Linear(9, 9, bias=False)),
        Block(nn.Linear(9, 8, bias=False), cells()),
    ]
    return BlockNetwork(blocks, nn.Linear(8, 3))


def _updates(rule, network, x, labels, state=None):
    network.zero_grad()
    outcome = rule.gradients(network, x, labels, state)
    return [parameter.grad.clone() for parameter in network.parameters()], outcome


def _data(n_steps=17):
    return torch.rand(n_steps, 4, 2, 8, 8).lt(0.3).float(), torch.tensor([0, 1, 2, 1])


@pytest.mark.parametrize("name", LOCAL_IN_SPACE)
def test_weights_of_later_layers_have_no_part_in_an_update(name):
    network, (x, labels) = _network(), _data()
    rule = LOCAL_IN_SPACE[name]()
    before, _ = _updates(rule, network, x, labels)
    for first in (1, 2, 3):
        later = [*network.blocks[first:], network.readout]
        earlier = [p for block in network.blocks[:first] for p in block.parameters()]
        with torch.no_grad():
            for module in later:
                for parameter in module.parameters():
                    parameter.add_(torch.randn_like(parameter))
        after, _ = _updates(rule, network, x, labels)
        for old, new in zip(before[: len(earlier)], after, strict=False):
            assert old.abs().sum() > 0
            assert torch.equal(old, new)
        assert not all(map(torch.equal, before, after))
        before = after


@pytest.mark.parametrize("make", [stllr, ottt, BPTT])
def test_backpropagation_in_space_is_not_local_in_space(make):
    network, (x, labels) = _network(), _data()
    before, _ = _updates(make(), network, x, labels)
    with torch.no_grad():
        network.readout.weight.add_(torch.randn_like(network.readout.weight))
    after, _ = _updates(make(), network, x, labels)
    assert not torch.equal(before[0], after[0])


@pytest.mark.parametrize("name", LOCAL_IN_TIME)
@pytest.mark.parametrize("cut", [1, 5, 8])
def test_input_of_later_steps_has_no_part_in_what_was_learned_before(name, cut):
    """One optimiser step per step of time records what every step contributes."""
    network, (x, labels) = _network(), _data()
    changed = x.clone()
    changed[cut:] = 1 - changed[cut:]
    rule = LOCAL_IN_TIME[name](online=True)

    def course(values):
        seen = []

        class Recorder(torch.optim.SGD):
            def step(self):
                seen.append([p.grad.clone() for p in network.parameters()])

        rule.learn(network, values, labels, Recorder(network.parameters(), lr=0.0))
        return seen

    one, other = course(x), course(changed)
    for old, new in zip(one[:cut], other[:cut], strict=True):
        assert all(map(torch.equal, old, new))
    assert not all(map(torch.equal, one[-1], other[-1]))


def test_backpropagation_through_time_is_not_local_in_time():
    network, (x, _) = _network(), _data()
    changed = x.clone()
    changed[9:] = 1 - changed[9:]

    def early(values):
        values = values.clone().requires_grad_()
        potential = network(values)
        potential[9:].square().sum().backward()
        return values.grad[:9]

    assert early(x).abs().sum() > 0
    assert not torch.equal(early(x), early(changed))
