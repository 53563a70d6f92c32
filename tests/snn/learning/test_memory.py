"""A step of a local rule takes as much memory for a long sequence as for a short one."""

from __future__ import annotations

import torch
from stepwise import cells
from torch import nn
from torch.profiler import ProfilerActivity, profile

from polychrony.snn.learning import BPTT, Block, BlockNetwork, tess

PIECE = 5


def pieces(n_steps):
    generator = torch.Generator().manual_seed(1)
    for _ in range(0, n_steps, PIECE):
        yield (torch.rand(PIECE, 64, 64, generator=generator) < 0.2).float()


def peak(rule, x):
    """Bytes that are held at one time while a rule learns from a sequence."""
    torch.manual_seed(0)
    blocks = [Block(nn.Linear(64, 128), cells()), Block(nn.Linear(128, 128), cells())]
    network = BlockNetwork(blocks, nn.Linear(128, 10))
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        rule.gradients(network, x, torch.arange(64) % 10)
    now = most = 0
    for event in seen.profiler.kineto_results.events():
        if event.name() == "[memory]":
            now += event.nbytes()
            most = max(most, now)
    return most


def test_memory_does_not_grow_with_the_steps():
    rule = tess(chunk=PIECE)
    peak(rule, pieces(10))  # results that are kept for reuse are there from the second time on
    short, long = peak(rule, pieces(10)), peak(rule, pieces(1000))
    assert short > 0 and long <= 1.05 * short


def test_that_of_backpropagation_does():
    short, long = (torch.cat(list(pieces(n))) for n in (100, 1000))
    assert peak(BPTT(), long) > 5 * peak(BPTT(), short)
