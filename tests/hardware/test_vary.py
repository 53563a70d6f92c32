from __future__ import annotations

from dataclasses import replace

import pytest

from polychrony.hardware import HardwareError, Mesh, chip_names, get_chip
from polychrony.hardware.vary import variables, vary

LOIHI = get_chip("loihi")


def test_numbers_of_chip_arithmetic_and_router_change_together():
    chip = vary(LOIHI, {"neurons_per_core": 64, "weight_bits": 5, "buffer_flits": 3})
    assert (chip.neurons_per_core, chip.numbers.weight_bits) == (64, 5)
    assert chip.router == replace(LOIHI.router, buffer_flits=3)
    assert chip.profiles == LOIHI.profiles


def test_values_that_depend_on_each_other_are_set_at_once():
    chip = vary(LOIHI, {"delay_min": 70, "delay_max": 80, "mesh": Mesh(2, 3), "io_tile": 5})
    assert (chip.delay_min, chip.delay_max, chip.grid.n_tiles, chip.io_tile) == (70, 80, 6, 5)


def test_the_sources_say_what_was_changed_and_nothing_else():
    chip = vary(LOIHI, {"neurons_per_core": 64, "fan_in": 9, "delay_max": LOIHI.delay_max})
    changed = {k: v for k, v in chip.sources.items() if v != LOIHI.sources.get(k)}
    assert changed == {
        "neurons_per_core": "assumed: varied, loihi has 1024",
        "fan_in": "assumed: varied, loihi has none",
    }


@pytest.mark.parametrize("name", chip_names())
def test_every_value_of_a_chip_can_be_set_to_itself(name):
    chip = get_chip(name)
    own = {}
    for field in variables(chip):
        held = next(h for h in (chip.router, chip.numbers, chip) if hasattr(h, field))
        own[field] = getattr(held, field)
    assert {"neurons_per_core", "mesh", "buffer_flits", "pipeline"} <= own.keys()
    assert not own.keys() & {"name", "time", "profiles", "quantum", "mismatch", "sources"}
    assert vary(chip, own) == chip


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"neurons": 3}, "'neurons' of loihi cannot be varied"),
        ({"time": "tick"}, "'time' of loihi cannot be varied"),
        ({"neurons_per_core": 0}, "neurons_per_core is 0"),
        ({"synapse_types": 4}, "'synapse_types' of loihi cannot be varied"),
    ],
)
def test_what_cannot_be_is_refused(values, message):
    with pytest.raises(HardwareError, match=message):
        vary(LOIHI, values)
