"""Bit Budget and ACE against numbers worked out by hand and the settings of the paper."""

from __future__ import annotations

import pytest

from polychrony.hardware.bitbudget import bit_budget, ns_ace, ns_ace_of_events, s_ace
from polychrony.hardware.errors import HardwareError

# Settings b_w/b_s/T of Shen et al., CVPR 2024, grouped there by equal budget.
EQUAL = {
    4: ["1/4/1", "1/2/2", "1/1/4"],
    16: ["4/2/2", "4/4/1", "1/1/16", "1/4/4", "1/16/1", "1/2/8"],
    32: ["8/4/1", "8/2/2", "8/1/4"],
    64: ["8/8/1", "16/1/4"],
    128: ["8/1/16", "8/8/2"],
}


@pytest.mark.parametrize(("budget", "setting"), [(b, s) for b, each in EQUAL.items() for s in each])
def test_settings_of_the_paper(budget, setting):
    weight_bits, spike_bits, steps = map(int, setting.split("/"))
    assert bit_budget(weight_bits, spike_bits, steps) == budget


def test_worked_by_hand():
    # 6 synapses, 8-bit weights, 2-bit spikes, 10 steps: BB = 160; a quarter of the spikes.
    assert bit_budget(8, 2, 10) == 160
    assert s_ace(6, 8, 2, 10) == 960
    assert ns_ace(6, 0.25, 8, 2, 10) == 240
    # The same spikes, 15 of the 60 possible synaptic events.
    assert ns_ace_of_events(15, 8, 2) == 240


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: bit_budget(0, 1, 1), "weight_bits is 0"),
        (lambda: bit_budget(8, 1.0, 1), "spike_bits is 1.0"),
        (lambda: bit_budget(8, 1, 0), "steps is 0"),
        (lambda: s_ace(-1, 8, 1, 1), "macs is -1"),
        (lambda: ns_ace(1, float("nan"), 8, 1, 1), "rate is nan"),
        (lambda: ns_ace_of_events(-1, 8, 1), "synaptic_events is -1"),
    ],
)
def test_refusals_name_argument_and_value(call, named):
    with pytest.raises(HardwareError, match=named):
        call()
