from __future__ import annotations

import pytest

from polychrony.hardware.chips.loihi import DAVIES2018, LOIHI
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.numbers import NumberFormat


@pytest.mark.parametrize(("delay", "neurons"), [(0, 1024), (8, 1024), (16, 512), (62, 132)])
def test_longer_delays_cost_neurons(delay, neurons):
    assert LOIHI.neurons_with_delay(delay) == neurons


def test_first_profile_is_the_default_and_unknown_ones_list_what_exists():
    assert LOIHI.profile() is LOIHI.profile("davies2018") is DAVIES2018
    with pytest.raises(HardwareError, match="no profile 'x'; it has: davies2018"):
        LOIHI.profile("x")


def test_widths_become_limits():
    numbers = NumberFormat(
        weight_bits=4,
        exponent_min=0,
        exponent_max=1,
        unit_bits=2,
        weight_limit=100,
        state_bits=8,
        decay_bits=5,
        threshold_bits=3,
    )
    limits = (numbers.mantissa_max, numbers.unit, numbers.state_max, numbers.threshold_max)
    assert limits == (7, 4, 255, 7)
    assert numbers.decay_one == 32
