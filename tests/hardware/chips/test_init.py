from __future__ import annotations

import pytest

from polychrony.hardware.chips import LOIHI, chip_names, get_chip
from polychrony.hardware.errors import HardwareError


def test_every_chip_is_found_under_its_own_name():
    assert get_chip("loihi") is LOIHI
    assert all(get_chip(name).name == name for name in chip_names())


def test_unknown_chip_lists_what_exists():
    with pytest.raises(HardwareError, match="no chip is called 'lohi'; there are: loihi"):
        get_chip("lohi")
