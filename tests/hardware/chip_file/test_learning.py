"""Learning on the chip in chip files."""

from __future__ import annotations

import pytest

from polychrony.hardware.chips import LOIHI, get_chip, load_chip
from polychrony.hardware.errors import HardwareError

LAB = """\
extends = "loihi"
[learning]
trace_memory_bits = 57344
[sources]
trace_memory_bits = "report 7, p. 4"
[profiles.lab]
extends = "davies2018"
[profiles.lab.learning.pre_trace]
energy = { value = 2, unit = "pJ", source = "report 7", evidence = "measured", voltage = 0.75 }
"""


def test_prices_and_room_of_ones_own_join_those_of_loihi(written):
    chip = load_chip(written(LAB))
    assert (chip.learning.trace_bits, chip.learning.trace_memory_bits) == (7, 57344)
    assert chip.sources["trace_memory_bits"] == "report 7, p. 4"
    costs = chip.profile().learning
    assert costs.pre_trace.energy.require("J") == pytest.approx(2e-12)
    assert costs.synapse_update.energy.require("J") == 120e-12
    assert not costs.post_trace.energy.known


def test_a_price_at_another_voltage_is_refused(written):
    with pytest.raises(HardwareError, match="mixes supply voltages"):
        load_chip(written(LAB.replace("voltage = 0.75", "voltage = 0.5")))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("57344", "-1", r"trace_memory_bits is -1, allowed are whole numbers from 0"),
        ("trace_memory_bits = 57344", "trace_memory = 1", r"no 'trace_memory'"),
        ("learning.pre_trace", "learning.trace", r"no 'trace'"),
    ],
)
def test_mistakes_are_told_with_their_line(before, after, words, written):
    with pytest.raises(HardwareError, match=rf"mine\.toml:\d+: .*{words}"):
        load_chip(written(LAB.replace(before, after)))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("truenorth", "it has no on-chip learning"),
        ("dynapse", "it has no on-chip learning"),
        ("odin", "one rule of their own"),
        ("loihi2", "give no number of its learning engine"),
    ],
)
def test_a_chip_without_learning_says_why(name, why):
    with pytest.raises(HardwareError, match=rf"learning on {name} cannot be counted: .*{why}"):
        get_chip(name).require_learning()
    assert LOIHI.require_learning() is LOIHI.learning


def test_learning_can_be_taken_from_a_chip(written):
    chip = load_chip(written('extends = "loihi"\nlearning = "none"\n'))
    with pytest.raises(HardwareError, match="its description has none"):
        chip.require_learning()
