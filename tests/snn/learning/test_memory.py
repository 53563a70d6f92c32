"""Memory of a training step does not grow with time, as torch's own account of it tells."""

from __future__ import annotations

import pytest
import torch
from stepwise import cells
from torch import nn
from torch.profiler import ProfilerActivity, profile

from polychrony.snn.learning import (
    BPTT,
    Block,
    BlockNetwork,
    StandardizedConv2d,
    eprop,
    stllr,
    tess,
)


def _peak(action) -> int:
    """Most bytes of tensors alive at once, of those that an action allocates."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as run:
        action()
    alive = peak = 0
    for event in run.profiler.kineto_results.events():
        if event.name() == "[memory]":
            alive += event.nbytes()
            peak = max(peak, alive)
    return peak


def _linear():
    inner = nn.Linear(48, 48, bias=False)
    blocks = [Block(nn.Linear(64, 48), cells(), recurrent=inner), Block(nn.Linear(48, 32), cells())]
    return BlockNetwork(blocks, nn.Linear(32, 5)), (64,)


def _convolutional():
    blocks = [
        Block(StandardizedConv2d(2, 6, 3, padding=1), cells(), nn.MaxPool2d(2)),
        Block(StandardizedConv2d(6, 6, 3, padding=1), cells()),
    ]
    return BlockNetwork(blocks, nn.Linear(96, 5)), (2, 8, 8)


def _training(make, rule, n_steps):
    """A step whose input comes frame by frame, so that it takes no memory either."""
    torch.manual_seed(0)
    network, shape = make()
    optimizer = torch.optim.SGD(network.parameters(), 1e-3)
    labels = torch.arange(4)
    frame = torch.rand(1, 4, *shape).lt(0.3).float()

    def step(count):
        rule.learn(network, (frame.expand(4, *frame.shape[1:]) for _ in range(count // 4)), labels,
                   optimizer)  # fmt: skip

    step(16)
    return _peak(lambda: step(n_steps))


RULES = {"tess": tess, "s-tllr": stllr, "e-prop": eprop}


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("make", [_linear, _convolutional], ids=["linear", "convolutional"])
def test_peak_of_a_thousand_steps_is_that_of_ten(make, name):
    short, long = (_training(make, RULES[name](), n_steps) for n_steps in (12, 1000))
    assert short > 1000
    assert long <= 1.05 * short


def test_peak_of_steps_online_does_not_grow():
    short, long = (_training(_linear, tess(online=True), n_steps) for n_steps in (12, 200))
    assert long <= 1.05 * short


def test_backpropagation_through_time_grows_with_time():
    at = [_training(_linear, BPTT(), n_steps) for n_steps in (40, 80, 160)]
    assert at[2] - at[1] == pytest.approx(2 * (at[1] - at[0]), rel=0.1)
    assert at[2] > 3 * at[0]
