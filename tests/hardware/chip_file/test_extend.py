"""Chip files that change another chip."""

from __future__ import annotations

from dataclasses import replace

import pytest

from polychrony.hardware.chips import LOIHI, get_chip, load_chip
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.numbers import AnalogNumbers

PARTS = 'unit = "pJ", source = "mine", evidence = "measured", voltage = 0.75'
ENERGY = f"energy = {{ value = 20, {PARTS} }}"


def test_nothing_but_a_name(written):
    assert load_chip(written('extends = "loihi"')) == replace(LOIHI, name="mine")


def test_single_fields(written):
    text = 'extends = "loihi"\nneurons_per_core = 512\n[numbers]\nweight_bits = 4\n'
    chip = load_chip(written(text + '[router]\nbuffer_flits = 2\n[sources]\nweight_bits = "p. 3"'))
    assert chip.numbers == replace(LOIHI.numbers, weight_bits=4)
    assert chip.router == replace(LOIHI.router, buffer_flits=2)
    fresh = {"neurons_per_core": "given without a source", "weight_bits": "p. 3"}
    assert chip.sources == {**LOIHI.sources, **fresh}
    rest = {"numbers": LOIHI.numbers, "router": LOIHI.router, "sources": LOIHI.sources}
    assert replace(chip, name="loihi", neurons_per_core=1024, **rest) == LOIHI


def test_a_number_of_a_profile(written):
    text = f'extends = "loihi"\n[profiles.davies2018.synapse]\n{ENERGY}\n'
    profile = load_chip(written(text)).profile()
    assert (profile.name, profile.synapse.energy.value) == ("davies2018", 20)
    assert profile.synapse.energy.source == "mine"
    assert profile.synapse.latency == LOIHI.profile().synapse.latency
    assert replace(profile, synapse=LOIHI.profile().synapse) == LOIHI.profile()


def test_a_number_is_replaced_with_its_source_or_not_at_all(written):
    text = 'extends = "loihi"\n[profiles.davies2018.synapse.energy]\nvalue = 20\n'
    with pytest.raises(HardwareError, match=r"^mine\.toml:2: .* has no unit and no source and no"):
        load_chip(written(text))


def test_another_voltage_is_refused(written):
    text = f'extends = "loihi"\n[profiles.davies2018.synapse]\n{ENERGY.replace("0.75", "0.5")}\n'
    with pytest.raises(HardwareError, match=r"^mine\.toml:2: .*mixes supply voltages: \[0.5, 0.75"):
        load_chip(written(text))


def test_a_new_profile_becomes_the_default(written):
    text = f'extends = "loihi"\n[profiles.mine]\nactive_when = "spike"\nsynapse.{ENERGY}\n'
    chip = load_chip(written(text))
    assert [p.name for p in chip.profiles] == ["mine", "davies2018", "sanafe2025"]
    assert chip.profiles[1:] == LOIHI.profiles


def test_a_profile_on_top_of_another(written):
    text = 'extends = "loihi"\n[profiles.b]\nextends = "a"\nstatic_always = true\n'
    text += f'[profiles.a]\nextends = "davies2018"\nsynapse.{ENERGY}\n'
    b, a, *_ = load_chip(written(text)).profiles
    assert (b.name, a.name) == ("b", "a")
    assert replace(b, static_always=False).synapse.energy.value == a.synapse.energy.value == 20
    assert a.neuron_active.energy.value == LOIHI.profile().neuron_active.energy.value
    assert b.barrier.latency == LOIHI.profile().barrier.latency


def test_another_arithmetic_takes_nothing_over(written):
    text = 'extends = "loihi"\nreadable_potential = false\nsynaptic_memory_bits = "none"\n'
    numbers = 'numbers = { kind = "analog", synapse_types = 4, excitatory_types = 2, mismatch = 0 }'
    assert load_chip(written(text + numbers)).numbers == AnalogNumbers(4, 2, 0.0)


def test_what_is_contained_is_replaced_whole(written):
    text = f'extends = "loihi"\n[profiles.davies2018]\ncontained = {{}}\nspike.{ENERGY}\n'
    assert load_chip(written(text)).profile().spike.energy.value == 20


def test_a_file_on_top_of_a_file_beside_it(written):
    written('extends = "truenorth"\nneurons_per_core = 128\n', "parts/base.toml")
    path = written("extends: base.toml\nname: top\nfan_in: 64\n", "parts/top.yaml")
    chip = get_chip(path)
    assert (chip.name, chip.neurons_per_core, chip.fan_in, chip.time) == ("top", 128, 64, "tick")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('extends = "lohi"', 1, "extends is 'lohi'; did you mean 'loihi'? allowed are loihi, "),
        ('\nextends = "other.toml"', 2, "but other.toml does not exist"),
        ("extends = 3", 1, "extends is 3, allowed is a text"),
        ('extends = "mine.toml"', 1, "extends this file; break the ring"),
        ('extends = "loihi"\nname = "loihi"', 2, "the name of the chip it extends; give it one of"),
        ('extends = "loihi"\n[profiles.x]\nextends = "davis2018"', 3, "did you mean 'davies2018'?"),
        ('extends = "loihi"\n[profiles.x]\nextends = "x"', 3, "profile 'x' extends 'x'; allowed"),
        ('extends = "loihi"\n[profiles.x]\nextends = "y"\n[profiles.y]\nextends = "x"', 5, "ring"),
        ('extends = "loihi"\nfan_im = 3', 2, "a chip has no 'fan_im'; did you mean 'fan_in'?"),
        ('extends = "loihi"\nmesh = 3', 2, "mesh is 3, allowed is a table"),
        ('extends = "loihi"\nnumbers = 3', 2, "numbers is 3, allowed is a table"),
        ('extends = "loihi"\nprofiles = 3', 2, "profiles is 3, allowed is a table"),
        ('extends = "loihi"\nsources = 3', 2, "sources is 3, allowed is a table"),
        ('extends = "loihi"\nprofiles.davies2018 = 3', 2, "profile 'davies2018' is 3, allowed"),
    ],
)
def test_mistakes(text, line, words, written):
    with pytest.raises(HardwareError) as error:
        load_chip(written(text))
    assert str(error.value).startswith(f"mine.toml:{line}: "), error.value
    assert words in str(error.value)


def test_files_that_extend_each_other(written):
    written('extends = "b.toml"\n', "a.toml")
    written('\nextends = "a.toml"\n', "b.toml")
    with pytest.raises(HardwareError, match=r"^b\.toml:2: extends is 'a.toml'.*break the ring"):
        load_chip("a.toml")
