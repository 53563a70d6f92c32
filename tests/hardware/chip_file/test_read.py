"""Chip files from nothing: what they need, and what is said about every mistake."""

from __future__ import annotations

import re

import pytest

from polychrony.hardware.chips import get_chip, load_chip
from polychrony.hardware.errors import HardwareError, UnknownQuantityError
from polychrony.hardware.numbers import AxonTypeNumbers

WHOLE = """\
name = "mine"
time = "barrier"
mesh = { columns = 2, rows = 1 }
cores_per_tile = 1
neurons_per_core = 64
axons_in_per_core = 128
axons_out_per_core = "none"
fan_in = 64
destinations_per_neuron = "none"
synaptic_memory_bits = "none"
delay_of = "none"
delay_bits = 0
delay_min = 0
delay_max = 0
delay_guaranteed = "none"
io_tile = 0
readable_potential = true
numbers = { kind = "axon_types", axon_types = 2, weight_bits = 5, state_bits = 12 }
router = {}

[sources]
fan_in = "data sheet, p. 3"

[profiles.sheet]
active_when = "spike"

[profiles.sheet.synapse]
energy = { value = 3, unit = "pJ", source = "data sheet, p. 7", evidence = "vendor" }
"""


def changed(pattern: str, text: str) -> str:
    """`WHOLE` with the first match replaced."""
    made, count = re.subn(pattern, lambda _: text, WHOLE, count=1, flags=re.MULTILINE)
    assert count == 1
    return made


def test_a_whole_chip(written):
    chip = load_chip(written(WHOLE))
    assert (chip.name, chip.n_cores, chip.fan_in, chip.axons_out_per_core) == ("mine", 2, 64, None)
    assert chip.numbers == AxonTypeNumbers(axon_types=2, weight_bits=5, state_bits=12)
    assert chip.profile().synapse.energy.si == pytest.approx(3e-12)


def test_what_a_profile_leaves_out_is_unknown_and_says_so(written):
    profile = load_chip(written(WHOLE)).profile("sheet")
    assert "spike" in profile.energy_excludes and profile.barrier is None
    for quantity in (profile.synapse.latency, profile.spike.energy, profile.static_power):
        with pytest.raises(UnknownQuantityError, match="not given in the chip file"):
            quantity.require(quantity.base_unit)


def test_numbers_without_a_source_are_marked(written):
    sources = load_chip(written(WHOLE)).sources
    assert sources["fan_in"] == "data sheet, p. 3"
    assert sources["mesh"] == sources["state_bits"] == "given without a source"


def test_the_name_is_that_of_the_file_if_none_is_given(written):
    path = written(changed("^name.*\n", ""), "own/Fancy.toml")
    assert get_chip(path).name == "Fancy"


MISTAKES = [
    (
        "^neurons_per_core",
        "neurons_per_cor",
        5,
        "no 'neurons_per_cor'; did you mean 'neurons_per_core'? ",
    ),
    ("^fan_in = 64\n", "", 1, "says nothing about fan_in; give it a value"),
    ("^cores_per_tile = 1\nneurons.*\n", "", 1, "cores_per_tile, neurons_per_core; give each of"),
    ("= 64$", "= 64.5", 5, "neurons_per_core is 64.5, allowed is a whole number"),
    ("= 64$", "= 0", 5, "neurons_per_core is 0, allowed are whole numbers from 1"),
    ("= 64$", "= true", 5, "neurons_per_core is true, allowed is a whole number"),
    (
        "fan_in = 64",
        'fan_in = "many"',
        8,
        "fan_in is 'many', allowed is a whole number, or \"none\"",
    ),
    (
        '"barrier"',
        '"barier"',
        2,
        "time is 'barier'; did you mean 'barrier'? allowed are barrier, tick",
    ),
    ("columns = 2", "columns = -2", 3, "columns is -2, allowed are whole numbers from 1"),
    ("columns = 2", "column = 2", 3, "mesh has no 'column'; did you mean 'columns'?"),
    ("^mesh.*", "mesh = 4", 3, "mesh is 4, allowed is a table"),
    ("^io_tile = 0", "io_tile = 2", 16, "io_tile is 2, allowed are 0 to 1"),
    ("= true", '= "true"', 17, "readable_potential is 'true', allowed are true and false"),
    ('"axon_types"', '"binary"', 18, "kind is 'binary'; allowed are mantissas, axon_types, analog"),
    ('kind = "axon_types", ', "", 18, "numbers has no kind; say one of mantissas"),
    (
        "weight_bits = 5",
        "weight_bits = 1",
        18,
        "weight_bits is 1, allowed are whole numbers from 2",
    ),
    (", state_bits = 12", "", 18, "numbers says nothing about state_bits"),
    ("^router.*", "router = { buffer_flits = 0 }", 19, "buffer_flits is 0, allowed are whole"),
    ("^fan_in = .data.*", "fanin = 'x'", 22, "sources has no 'fanin'; did you mean 'fan_in'?"),
    ("^fan_in = .data.*", "fan_in = ''", 22, "fan_in is '', allowed is a text that is not empty"),
    ('"spike"', '"fire"', 25, "active_when is 'fire'; allowed are spike, input"),
    ("^active_when.*\n", "", 24, "profile 'sheet' says nothing about active_when"),
    ("sheet.synapse", "sheet.synapses", 27, "has no 'synapses'; did you mean 'synapse'?"),
    ("^energy", "energie", 28, "synapse has no 'energie'; did you mean 'energy'?"),
    ("^energy.*", "energy = 3e-12", 28, "energy of synapse is 3e-12; a number needs its unit"),
    ("value = 3", "value = -3", 28, "value of energy of synapse is -3, allowed are numbers from 0"),
    ("value = 3", "value = nan", 28, "is nan, allowed is a finite number"),
    ("value = 3", 'value = "3"', 28, "is '3', allowed is a number, or \"unknown\""),
    ('"pJ"', '"pj"', 28, "unit of energy of synapse is 'pj'; did you mean 'pJ'? allowed are J, mJ"),
    ('"pJ"', '"ns"', 28, "unit of energy of synapse is 'ns'"),
    ("source = .data sheet, p. 7., ", "", 28, "energy of synapse has no source; a number needs"),
    (", evidence = .vendor.", "", 28, "energy of synapse has no evidence; a number needs"),
    ('"vendor"', '"vendr"', 28, "evidence of energy of synapse is 'vendr'; did you mean 'vendor'?"),
    ('"vendor"', '"vendor", voltage = 0', 28, "voltage of energy of synapse is 0 V, allowed are"),
    (
        '"vendor"',
        '"vendor", scope = "all-in"',
        28,
        "is 'all-in'; allowed are per-event",
    ),
    ('"vendor"', '"vendor", volts = 1', 28, "has no 'volts'; did you mean 'voltage'?"),
    ("^router.*", "router = {", 19, "this is no TOML"),
    ("^fan_in.*", "delay_of = 1", 11, "this is no TOML"),
]


@pytest.mark.parametrize(("pattern", "text", "line", "words"), MISTAKES)
def test_a_mistake_is_told_with_its_line_and_what_is_allowed(pattern, text, line, words, written):
    path = written(changed(pattern, text))
    with pytest.raises(HardwareError) as error:
        load_chip(path)
    assert str(error.value).startswith(f"mine.toml:{line}: "), error.value
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_profile_of_two_voltages_is_refused_at_its_line(written):
    text = (
        'latency = { value = 1, unit = "ns", source = "x", evidence = "vendor", voltage = 0.8 }\n'
    )
    with pytest.raises(HardwareError, match=r"^mine\.toml:24: profile 'sheet' mixes supply volt"):
        load_chip(written(WHOLE + text))


def test_what_another_component_contains_is_not_given_again(written):
    text = "[profiles.sheet.contained]\nsynapse = 'spike'\n"
    with pytest.raises(HardwareError, match=r"^mine\.toml:27: .*energy of synapse is contained"):
        load_chip(written(WHOLE + text))


BARRIER = "[profiles.sheet.barrier]\nlatency = [\n  {},\n  {},\n]\n"
STEP = '{{ tiles = {}, value = {}, unit = "ns", source = "p. 8", evidence = "vendor" }}'


def test_a_barrier(written):
    steps = STEP.format(1, 10), STEP.format(2, 30)
    barrier = load_chip(written(WHOLE + BARRIER.format(*steps))).profile().barrier
    assert barrier.seconds(2) == pytest.approx(30e-9)
    assert not barrier.energy.known


@pytest.mark.parametrize(
    ("steps", "line", "words"),
    [
        ((STEP.format(2, 1), STEP.format(1, 1)), 30, "tiles of barrier are [2, 1], allowed are"),
        ((STEP.format(1, 1), STEP.format(2, -1)), 32, "value of latency of barrier is -1"),
        ((STEP.format(1, 1), "{}"), 32, "says nothing about tiles"),
    ],
)
def test_a_barrier_that_cannot_be(steps, line, words, written):
    with pytest.raises(HardwareError) as error:
        load_chip(written(WHOLE + BARRIER.format(*steps)))
    assert str(error.value).startswith(f"mine.toml:{line}: ")
    assert words in str(error.value)


YAML = """\
extends: loihi
name: mine
neurons_per_core: 512
fan_in: null
profiles:
  sheet:
    active_when: spike
    synapse:
      energy: {value: 3, unit: pJ, source: p. 7, evidence: vendor}
"""


def test_yaml(written):
    chip = get_chip(written(YAML, "mine.yaml"))
    assert (chip.neurons_per_core, chip.fan_in) == (512, None)
    assert chip.profile().synapse.energy.si == pytest.approx(3e-12)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("neurons_per_core", "neuron_per_core", 3, "did you mean 'neurons_per_core'?"),
        ("512", "many", 3, "neurons_per_core is 'many'"),
        ("value: 3", "value: 3e-12", 9, "write it with a point and a sign, as 1.0e-3"),
        ("active_when: spike", "active_when: off", 7, "active_when is false; allowed are spike"),
        ("fan_in: null", "name: again", 4, "'name' is given twice; keep one"),
        ("fan_in: null", "fan_in: [1", 5, "this is no YAML"),
        ("fan_in: null", "fan_in: !!python/name:os.system x", 4, "this is no YAML"),
        ("fan_in: null", "assumptions: &a [*a]", 4, "the value holds itself"),
        ("fan_in: null", "fan_in: 2024-13-45", 4, "this is no YAML"),
        ("fan_in: null", "fan_in: 2024-01-01", 4, "fan_in is"),
    ],
)
def test_a_mistake_in_yaml_is_told_with_its_line(old, new, line, words, written):
    path = written(YAML.replace(old, new), "mine.yml")
    with pytest.raises(HardwareError) as error:
        get_chip(path)
    assert str(error.value).startswith(f"mine.yml:{line}: "), error.value
    assert words in str(error.value)


def test_files_that_are_none(written, tmp_path):
    with pytest.raises(HardwareError, match=r"nowhere\.toml does not exist"):
        get_chip("nowhere.toml")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(HardwareError, match="cannot be read: Is a directory"):
        get_chip("folder.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(HardwareError, match=r"binary\.toml is no text in UTF-8"):
        get_chip("binary.toml")
    with pytest.raises(HardwareError, match=r"chip files end in \.toml"):
        load_chip("mine.json")
    for text in ("", "- 1\n- 2\n", "just words"):
        with pytest.raises(HardwareError, match=r"mine\.yaml:1: "):
            get_chip(written(text, "mine.yaml"))
    with pytest.raises(HardwareError, match=r"profiles is empty, allowed is at least one"):
        get_chip(written(WHOLE.partition("[profiles")[0] + "[profiles]\n"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("neurons_per_core = 100000000000000000000000", "neurons_per_core is 100,000,000,000,000,"),
        ("neurons_per_core = 1000000001", "allowed are at most 1,000,000,000; check the number"),
        ("synaptic_memory_bits = 1000000000000001", "allowed are at most 1,000,000,000,000,000"),
        ("delay_bits = 63", "delay_bits is 63, allowed are at most 62"),
        ("mesh = { columns = 10001, rows = 1 }", "columns is 10,001, allowed are at most 10,000"),
    ],
)
def test_counts_beyond_belief_are_told_with_their_line(line, told, written):
    with pytest.raises(HardwareError) as error:
        load_chip(written(f'extends = "loihi"\nname = "mine"\n{line}\n'))
    assert str(error.value).startswith("mine.toml:3: "), error.value
    assert told in str(error.value)


def test_the_largest_counts_are_taken(written):
    line = "neurons_per_core = 1000000000\nsynaptic_memory_bits = 1000000000000000"
    chip = load_chip(written(f'extends = "loihi"\nname = "mine"\n{line}\n'))
    assert (chip.neurons_per_core, chip.synaptic_memory_bits) == (10**9, 10**15)
