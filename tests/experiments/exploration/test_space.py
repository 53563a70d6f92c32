from __future__ import annotations

import pytest

from polychrony.experiments.errors import UserError
from polychrony.experiments.exploration.space import Space, names
from polychrony.hardware import Mesh, chip_names, get_chip

LOIHI = get_chip("loihi")


def space(*words, chip=LOIHI):
    return Space(chip, words)


def test_values_are_read_by_the_type_of_what_they_are_for():
    made = space(
        "neurons-per-core=64, 128",
        "axons_out_per_core=none,100",
        "exponent-min=-8,0",
        "mesh=2x4",
        "pipeline=plain,asynchronous",
        "multicast=true,false",
        "relays=build",
        "fan-in=prune",
        "fan-in-limit=300",
        "mismatch=0,0.25",
        "profile=sanafe2025",
        "prune=0,0.5",
        "prune-by=lattice",
    )
    assert list(made.choices.values()) == [
        (64, 128),
        (None, 100),
        (-8, 0),
        ("2x4",),
        ("plain", "asynchronous"),
        (True, False),
        ("build",),
        ("prune",),
        (300,),
        (0.0, 0.25),
        ("sanafe2025",),
        (0.0, 0.5),
        ("lattice",),
    ]
    chip, options = made.configure({name: values[0] for name, values in made.choices.items()})
    assert (chip.neurons_per_core, chip.axons_out_per_core, chip.fan_in) == (64, None, 300)
    assert (chip.mesh, chip.router.pipeline, chip.router.multicast) == (Mesh(2, 4), "plain", True)
    assert options == {
        "relays": True,
        "fan_in": "prune",
        "mismatch": 0.0,
        "profile": "sanafe2025",
        "prune": 0.0,
        "prune_by": "lattice",
    }


def test_short_names_are_those_of_the_command_noc():
    chip, _ = space("buffer=3", "vcs=2").configure({"buffer": 3, "vcs": 2})
    assert (chip.router.buffer_flits, chip.router.virtual_channels) == (3, 2)


def test_every_combination_has_one_number():
    made = space("buffer=1,2,3", "place=random,greedy", "vcs=1,2")
    points = [tuple(made.point(index).values()) for index in range(made.size)]
    assert made.size == len(set(points)) == 12
    assert points[:3] == [(1, "random", 1), (1, "random", 2), (1, "greedy", 1)]


@pytest.mark.parametrize("name", chip_names())
def test_every_chip_has_something_to_vary(name):
    assert {"neurons-per-core", "buffer", "vcs", "mesh", "place", "profile"} <= set(
        names(get_chip(name))
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "nothing to vary.*neurons-per-core"),
        (["buffer"], "--vary is 'buffer'; write NAME=VALUE"),
        (["buffer="], "--vary is 'buffer='; write NAME=VALUE"),
        (["buffer=1,,2"], "write NAME=VALUE"),
        (["neurons-per-cor=1"], "no 'neurons-per-cor'.*did you mean 'neurons-per-core'"),
        (["synapse-types=1"], "loihi has no 'synapse-types'"),
        (["buffer=1,1"], "names a value twice"),
        (["buffer=1", "buffer-flits=2"], "names buffer twice"),
        (["neurons-per-core=0"], "neurons_per_core is 0, allowed are whole numbers from 1"),
        (["neurons-per-core=1.5"], "neurons-per-core=1.5: allowed are whole numbers$"),
        (["fan-in-limit=x"], "allowed are whole numbers, and none for no limit"),
        (["mesh=4"], "mesh=4: write columns x rows"),
        (["mesh=0x4"], "mesh=0x4: write columns x rows"),
        (["place=anealing"], "did you mean 'annealing'"),
        (["fan-in=64"], "allowed are auto, split, prune, refuse.*is fan-in-limit"),
        (["mismatch=-1"], "mismatch=-1: allowed are numbers from 0"),
        (["mismatch=nan"], "mismatch=nan: allowed are numbers from 0"),
        (["prune=1.5"], "prune=1.5: allowed are numbers from 0 to 1"),
        (["prune=half"], "prune=half: allowed are numbers from 0 to 1"),
        (["prune=0.5", "prune-by=age"], "prune-by=age: .*magnitude, lattice"),
        (["prune-by=lattice"], "prune-by needs shares as well"),
        (["profile=x"], "allowed are davies2018, sanafe2025"),
        (["multicast=yes"], "allowed are true, false"),
    ],
)
def test_what_cannot_be_varied_is_told_in_one_line(words, message):
    with pytest.raises(UserError, match=message) as told:
        space(*words)
    assert "\n" not in str(told.value)


def test_a_chip_with_analog_numbers_has_numbers_of_its_own():
    chip, _ = space("synapse-types=5", chip=get_chip("dynapse")).configure({"synapse-types": 5})
    assert chip.numbers.synapse_types == 5
