"""Memory of a training step does not grow with time, as torch's own account of it tells."""

from __future__ import annotations

import pytest
import torch
from stepwise import cells
from torch import nn

from polychrony.experiments.memory import allocated_peak
from polychrony.snn.learning import (
    BPTT,
    Block,
    BlockNetwork,
    StandardizedConv2d,
    eprop,
    stllr,
    tess,
)


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
        pieces = (frame.expand(LENGTH, *frame.shape[1:]) for _ in range(count // LENGTH))
        rule.learn(network, pieces, labels, optimizer)

    step(2 * LENGTH)
    return allocated_peak(lambda: step(n_steps))


LENGTH = 5  # of a piece of input, no longer than those in which rules take time
RULES = {"tess": tess, "s-tllr": stllr, "e-prop": eprop}


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("make", [_linear, _convolutional], ids=["linear", "convolutional"])
def test_peak_of_a_thousand_steps_is_that_of_ten(make, name):
    short, long = (_training(make, RULES[name](), n_steps) for n_steps in (10, 1000))
    assert short > 1000
    assert long <= 1.05 * short


@pytest.mark.parametrize("name", RULES)
def test_nothing_of_a_piece_outlives_it(name):
    torch.manual_seed(0)
    blocks = [Block(nn.Linear(200, 200), cells()) for _ in range(2)]
    network, labels = BlockNetwork(blocks, nn.Linear(200, 5)), torch.arange(32) % 5
    rule, optimizer = RULES[name](), torch.optim.SGD(network.parameters(), 1e-3)
    peaks = []
    for n_steps in (rule.chunk, 1000):
        x = torch.rand(1, 32, 200).lt(0.1).float().expand(n_steps, 32, 200)
        rule.learn(network, x[: rule.chunk], labels, optimizer)
        peaks.append(allocated_peak(lambda x=x: rule.learn(network, x, labels, optimizer)))
    # The second piece finds a state from before, the first does not.
    assert peaks[1] <= 1.1 * peaks[0]


def test_peak_of_steps_online_does_not_grow():
    rule = tess(online=True)
    short, long = (_training(_linear, rule, n_steps) for n_steps in (10, 200))
    assert long <= 1.05 * short


def test_backpropagation_through_time_grows_with_time():
    at = [_training(_linear, BPTT(), n_steps) for n_steps in (40, 80, 160)]
    assert at[2] - at[1] == pytest.approx(2 * (at[1] - at[0]), rel=0.1)
    assert at[2] > 3 * at[0]
