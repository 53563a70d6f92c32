"""`polychrony chips`"""

from __future__ import annotations

import json

import pytest

from polychrony.hardware import chip_names, dump_chip, get_chip

KEYS = {"value", "unit", "source", "evidence", "voltage", "scope", "name"}


def strict(text: str):
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def numbers_of(profile) -> dict:
    return {number["name"]: number for number in profile["numbers"]}


def words(text: str) -> str:
    """Text of tables, without their lines and with every cell's words in one piece."""
    return " ".join(text.translate(str.maketrans("│┃", "  ")).split())


def test_every_chip_and_every_profile_is_listed(call):
    said = call("chips")
    assert said.code == 0, said.err
    for name in chip_names():
        assert name in said.out
        for profile in get_chip(name).profiles:
            assert profile.name in said.out
    for source in ("D18 Table 2", "SANA-FE 2.2.9", "A15 Fig. 17", "F19 eq. 2", "not checked"):
        assert source in words(said.out)


def test_the_json_is_a_list_of_chips_with_profiles(call, tmp_path):
    said = call("chips", "--json", tmp_path / "chips.json")
    assert said.code == 0, said.err
    chips = strict((tmp_path / "chips.json").read_text())
    assert [chip["name"] for chip in chips] == list(chip_names())
    for chip in chips:
        built_in = get_chip(chip["name"])
        assert [p["name"] for p in chip["profiles"]] == [p.name for p in built_in.profiles]
        for profile in chip["profiles"]:
            for number in profile["numbers"]:
                assert number.keys() == KEYS
                assert number["source"]


def test_numbers_stand_in_the_json_as_in_the_profile(call):
    (chip,) = strict(call("chips", "--show", "loihi", "--json", "-").out)
    davies, sanafe = chip["profiles"]
    assert (davies["default"], sanafe["default"]) == (True, False)
    assert numbers_of(davies)["synapse energy"] == {
        "name": "synapse energy",
        "value": 23.6,
        "unit": "pJ",
        "source": "D18 Table 2, p. 96",
        "evidence": "pre-silicon",
        "voltage": 0.75,
        "scope": "per-event",
    }
    assert numbers_of(davies)["barrier latency, 32 tiles"]["value"] == 465
    assert numbers_of(davies)["axon_in energy"]["value"] is None
    assert davies["energy_excludes"] == ["axon_in", "axon_out", "barrier"]
    assert chip["structure"]["neurons_per_core"] == {
        "value": 1024,
        "source": "D18 p. 86 and 89: 1,024 compartments",
    }
    assert chip["numbers"]["weight_bits"]["value"] == 9
    assert chip["references"]["D18"].startswith("Davies et al.")
    assert chip["assumptions"] == list(get_chip("loihi").assumptions)


def test_all_in_figures_keep_their_scope(call):
    (chip,) = strict(call("chips", "--show", "truenorth", "--json", "-").out)
    held = numbers_of(chip["profiles"][1])["all-in: power per synaptic event"]
    assert (held["value"], held["scope"], held["voltage"]) == (26.0, "all-in", 0.775)


@pytest.mark.parametrize("name", chip_names())
def test_one_chip_in_every_detail(name, call):
    said, chip = call("chips", "--show", name), get_chip(name)
    assert said.code == 0, said.err
    text = words(said.out)
    for field, source in chip.sources.items():
        assert field in text
        assert source.split()[0] in text
    for profile in chip.profiles:
        assert f"profile {profile.name} (" in text
        for assumption in profile.assumptions:
            assert words(assumption) in text
        static = profile.static_power
        amount = f"{static.value:.6g} {static.unit}" if static.known else "unknown"
        assert f"static power {amount} {static.evidence}" in text


def test_what_is_unknown_is_said_with_its_reason(call):
    text = words(call("chips", "--show", "loihi2").out)
    assert "synapse energy unknown unverified" in text
    assert "no energy per" in text and "23.6" not in text


def test_what_another_number_contains_is_not_called_unknown(call):
    text = words(call("chips", "--show", "truenorth").out)
    assert "neuron_active energy in synapse" in text


def test_a_chip_file(call, tmp_path):
    (tmp_path / "mine.toml").write_text('extends = "odin"\nneurons_per_core = 12\n')
    (chip,) = strict(call("chips", "--show", "mine.toml", "--json", "-").out)
    assert chip["name"] == "mine"
    assert chip["structure"]["neurons_per_core"]["source"] == "given without a source"


def test_names_and_files_that_are_none(call, tmp_path):
    assert call("chips", "--show", "lohi").is_one_error("'lohi'", "loihi", ".toml")
    assert call("chips", "--show", "none.toml").is_one_error("none.toml does not exist")
    (tmp_path / "bad.toml").write_text('extends = "odin"\nneurons_per_cor = 12\n')
    assert call("chips", "--show", "bad.toml").is_one_error("bad.toml:2: ", "neurons_per_core")


def test_co_simulation_on_a_chip_file(call, finished, tmp_path):
    dump_chip(get_chip("loihi"), tmp_path / "same.yaml")
    energy = 'unit = "pJ", source = "a guess", evidence = "assumed", voltage = 0.75'
    (tmp_path / "dear.toml").write_text(
        f'extends = "loihi"\n[profiles.davies2018.synapse]\nenergy = {{ value = 47.2, {energy} }}\n'
    )
    runs = [
        json.loads(call("cosim", finished, "--chip", chip, "--json", "-").out)
        for chip in ("loihi", "same.yaml", "dear.toml")
    ]
    first, same, dear = (run["energy_per_inference_J"] for run in runs)
    assert same == first
    assert [run["chip"] for run in runs] == ["loihi", "loihi", "dear"]
    assert dear["synapse"] == pytest.approx(2 * first["synapse"])
    assert dear["neuron_active"] == first["neuron_active"]


def test_co_simulation_on_loihi_2_is_refused_with_the_reason(call, finished):
    said = call("cosim", finished, "--chip", "loihi2")
    assert said.is_one_error("no energy per operation of Loihi 2 is published")
