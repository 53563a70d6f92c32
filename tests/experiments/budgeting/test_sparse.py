"""Synapses that connectivity leaves out are not paid for."""

from __future__ import annotations

from polychrony.experiments.budgeting.layers import macs_of
from polychrony.snn import SpikingNetwork


def test_a_budget_counts_the_synapses_that_are_there():
    network = SpikingNetwork(
        40, (30,), 10, dt=1e-3, tau_mem=5e-3, max_delay=3, taps=2, connectivity=0.1
    )
    present = [int((layer.weight != 0).sum()) for layer in network.delayed_layers]
    assert macs_of(network, (40,)) == (tuple(present), ())
    assert present == [8 * 30, 6 * 10]
