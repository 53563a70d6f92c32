from __future__ import annotations

import re

import pytest

from polychrony.hardware.chips import LOIHI, chip_names, get_chip
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.profile import COMPONENTS


def test_every_chip_is_found_under_its_own_name():
    assert get_chip("loihi") is LOIHI
    assert all(get_chip(name).name == name for name in chip_names())


def test_unknown_chip_lists_what_exists():
    with pytest.raises(HardwareError, match="no chip is called 'lohi'; there are: loihi"):
        get_chip("lohi")


@pytest.mark.parametrize("name", chip_names())
def test_every_abbreviation_of_a_source_is_spelled_out(name):
    chip = get_chip(name)
    said = [*chip.sources.values(), *chip.assumptions]
    for profile in chip.profiles:
        said += profile.assumptions
        said += [q.source for part in COMPONENTS for q in vars(profile.cost(part)).values()]
    used = set(re.findall(r"\b(?:[A-Z]\d\d|Dey22|Doc|libcaer)\b", " ".join(said)))
    assert used
    assert used <= set(chip.references)
