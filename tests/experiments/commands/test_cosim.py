"""`polychrony cosim`"""

from __future__ import annotations

import dataclasses
import json

import pytest

from polychrony.experiments.runs import open_run
from polychrony.hardware import chips, get_chip

STABLE = {
    "accuracy_software",
    "accuracy_hardware",
    "agreement",
    "energy_per_inference_J",
    "latency_per_inference_s",
    "steps_per_s",
    "chip",
    "profile",
}


@pytest.fixture
def small_chip(monkeypatch):
    """Puts a Loihi with other limits in the place of Loihi."""

    def shrink(**limits: int) -> None:
        small = dataclasses.replace(get_chip("loihi"), **limits)
        monkeypatch.setitem(chips._CHIPS, "loihi", small)

    return shrink


def test_the_numbers_have_stable_names(call, finished):
    said = call("cosim", finished, "--chip", "loihi", "--json", "-")
    assert said.code == 0, said.err
    numbers = json.loads(said.out)
    assert numbers.keys() >= STABLE
    trained = json.loads((finished / "result.json").read_text())
    assert numbers["accuracy_software"] == trained["test_accuracy"]
    assert numbers["n_samples"] == numbers["samples"] == 20
    assert numbers["steps_per_inference"] == 10
    assert (numbers["chip"], numbers["profile"]) == ("loihi", get_chip("loihi").profile().name)
    assert 0 <= numbers["accuracy_hardware"] <= 1
    assert 0 <= numbers["agreement"] <= 1
    assert numbers["steps_per_s"] == pytest.approx(10 / numbers["latency_per_inference_s"])


def test_the_parts_of_the_energy_add_up(call, finished):
    for words in ([], ["--static"]):
        numbers = json.loads(call("cosim", finished, *words, "--json", "-").out)
        energy = dict(numbers["energy_per_inference_J"])
        total = energy.pop("total")
        assert total > 0
        assert sum(energy.values()) == pytest.approx(total)


def test_the_tables_say_what_the_json_says(call, finished, tmp_path):
    said = call("cosim", finished, "--json", tmp_path / "cosim.json")
    numbers = json.loads((tmp_path / "cosim.json").read_text())
    assert f"{100 * numbers['accuracy_hardware']:.2f} %" in said.out
    assert f"{numbers['steps_per_s']:,.0f}" in said.out
    assert "on 20 test samples, 10 steps each" in " ".join(said.out.split())
    for component in numbers["energy_per_inference_J"]:
        assert component in said.out
    for left_out in numbers["energy_excludes"]:
        assert left_out in said.out


def test_the_first_samples_alone(call, finished):
    numbers = json.loads(call("cosim", finished, "--samples", 7, "--json", "-").out)
    assert numbers["samples"] == numbers["n_samples"] == 7
    assert numbers["accuracy_software"] * 7 == pytest.approx(
        round(numbers["accuracy_software"] * 7)
    )
    more = json.loads(call("cosim", finished, "--samples", 1000, "--json", "-").out)
    assert more["samples"] == 20


def test_unknown_names_are_told_with_those_known(call, finished):
    assert call("cosim", finished, "--chip", "abacus").is_one_error("'abacus'", "loihi")
    profile = get_chip("loihi").profile().name
    assert call("cosim", finished, "--profile", "cheap").is_one_error("'cheap'", profile)
    assert call("cosim", finished, "--samples", -1).is_one_error("--samples is -1")


def test_a_wrong_name_is_told_before_anything_is_read(call, tmp_path):
    assert call("cosim", tmp_path, "--chip", "abacus").is_one_error("'abacus'")


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"axons_in_per_core": 8}, ["hidden1", "70", "8 on one core of loihi"]),
        ({"delay_max": 1}, ["longest delay", "1 steps", "smaller maximal delay"]),
        ({"synaptic_memory_bits": 100}, ["synapses of one neuron", "prune"]),
    ],
)
def test_a_chip_that_is_too_small(limits, words, call, finished, small_chip, tmp_path):
    small_chip(**limits)
    said = call("cosim", finished, "--json", tmp_path / "cosim.json")
    assert said.is_one_error(*words)
    assert not list(tmp_path.iterdir())


def test_an_unfinished_or_missing_run_is_refused(call, finished_copy, tmp_path):
    (finished_copy / "network.pt").unlink()
    resume = open_run(finished_copy).resume_command
    assert call("cosim", finished_copy).is_one_error("no trained network", resume)
    assert call("cosim", tmp_path / "nowhere").is_one_error("not a run folder")
