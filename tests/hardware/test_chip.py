from __future__ import annotations

from dataclasses import replace

import pytest

from polychrony.hardware.chips.loihi import DAVIES2018, LOIHI
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.numbers import AnalogNumbers, NumberFormat


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


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"neurons_per_core": 0}, "neurons_per_core is 0, allowed are whole numbers from 1$"),
        ({"fan_in": 0}, r"fan_in is 0, allowed are whole numbers from 1, or none \(no limit\)"),
        ({"cores_per_tile": True}, "cores_per_tile is True, allowed are whole numbers"),
        ({"delay_max": 1, "delay_min": 2}, "delay_max is 1 steps, allowed .* from delay_min, 2"),
        ({"io_tile": 32}, "io_tile is 32, allowed are 0 to 31"),
        ({"time": "clocked"}, "time is 'clocked', allowed are barrier, tick, continuous"),
        ({"time": "tick"}, "tick must be a known time"),
        ({"profiles": (DAVIES2018, DAVIES2018)}, "two profiles have one name: davies2018"),
    ],
)
def test_a_chip_refuses_what_cannot_be(change, words):
    with pytest.raises(HardwareError, match=words):
        replace(LOIHI, **change)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weight_bits": 1}, "weight_bits is 1, allowed are whole numbers from 2"),
        ({"exponent_min": 8}, "exponent_max is 7, allowed are whole numbers from exponent_min, 8"),
        ({"state_bits": 51}, "state_bits is 51 and decay_bits 12; together they may be 62"),
    ],
)
def test_widths_that_cannot_be_are_refused(change, words):
    with pytest.raises(HardwareError, match=words):
        replace(LOIHI.numbers, **change)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"excitatory_types": 5}, "excitatory_types is 5, allowed are at most the 4 types"),
        ({"mismatch": -0.1}, "mismatch is -0.1, allowed are numbers from 0"),
    ],
)
def test_analog_numbers_that_cannot_be_are_refused(change, words):
    with pytest.raises(HardwareError, match=words):
        replace(AnalogNumbers(4, 2, 0.2), **change)
