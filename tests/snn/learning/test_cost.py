"""Costs counted by hand, and against the papers' tables."""

from __future__ import annotations

import itertools

import pytest
from stepwise import cells
from torch import nn

from polychrony.snn.learning import BPTT, Block, BlockNetwork, eprop, ottt, stllr, tess

T, C = 20, 3


def _network(decay=0.0):
    inner = nn.Linear(6, 6, bias=False)
    blocks = [
        Block(nn.Linear(7, 6, bias=False), cells(), recurrent=inner),
        Block(nn.Linear(6, 5), cells()),
    ]
    if decay:
        blocks[1].synapses.bias = None
    return BlockNetwork(blocks, nn.Linear(5, C), decay)


def test_a_network_counted_by_hand():
    products, readout = 7 * 6 + 6 * 6 + 6 * 5, 5 * C
    cost = tess(first_step=4).cost(_network(), (7,), T)
    assert cost.macs_forward == T * (products + readout)
    assert cost.macs_signal == cost.paper_signal == 16 * 2 * (6 + 5) * C
    assert cost.macs_update == 16 * (2 * products + readout)
    assert cost.state == (7 + 6 + 6) + (6 + 5)
    assert cost.paper_state == 2 * (6 + 5)
    assert cost.macs == cost.macs_forward + cost.macs_signal + cost.macs_update


def test_what_traces_cost():
    assert tess(alpha_post=0).cost(_network(), (7,), T).state == 7 + 6 + 6
    assert tess(lambda_pre=0.0, alpha_post=0).cost(_network(), (7,), T).state == 0
    assert ottt().cost(_network(), (7,), T).paper_state == 11
    per_synapse = eprop().cost(_network(0.5), (7,), T)
    assert per_synapse.state == 7 + 6 + 6 + (42 + 36 + 30)
    assert per_synapse.macs_update == T * (2 * 108 + 15)
    assert eprop().cost(_network(), (7,), T).macs_update == T * (108 + 15)


def test_signals():
    assert stllr().cost(_network(), (7,), T).macs_signal == T * (30 + 15)
    assert stllr(feedback="direct").cost(_network(), (7,), T).macs_signal == T * 11 * C
    through = BPTT().cost(_network(), (7,), T)
    assert through.macs_signal == T * (15 + 30 + 36)
    assert through.state == T * ((7 + 6) + (6 + 5))
    assert through.paper_state == T * 11


def _vgg(n_classes, side, channels):
    """The VGG-9 of both papers."""
    widths = [channels, 64, 128, 256, 256, 512, 512, 512, 512]
    pools = [None, 2, None, 2, None, 2, None, side // 8]
    blocks = [
        Block(
            nn.Conv2d(n_in, n_out, 3, padding=1, bias=False),
            cells(),
            None if pool is None else nn.AvgPool2d(pool),
        )
        for (n_in, n_out), pool in zip(itertools.pairwise(widths), pools, strict=True)
    ]
    return BlockNetwork(blocks, nn.Linear(512, n_classes))


@pytest.mark.parametrize(
    ("classes", "side", "channels", "steps", "signal"),
    [
        (10, 32, 3, 6, 3623.91e6),
        (100, 32, 3, 6, 3624.19e6),
        (11, 32, 2, 20, 12079.71e6),
        (10, 48, 2, 10, 13589.60e6),
    ],
)
def test_signal_of_backpropagation_is_that_of_the_published_table(
    classes, side, channels, steps, signal
):
    """TESS, table III; its column for TESS itself does not follow from its equation 17."""
    network = _vgg(classes, side, channels)
    for rule in (BPTT(), stllr()):
        found = rule.cost(network, (channels, side, side), steps).paper_signal
        assert found == pytest.approx(signal, rel=2e-5)
