"""`polychrony explore`"""

from __future__ import annotations

import csv
import importlib.util
import json
import signal
import subprocess
import sys

import matplotlib.image
import pytest

from polychrony.hardware import cosim

VARY = ["--vary", "neurons-per-core=4,8,16", "--vary", "weight-bits=2,4,8"]


@pytest.fixture
def explore(call, finished_copy):
    """Explores a copy of a finished run; gives what was said, and the numbers."""

    def words(*arguments):
        said = call("explore", finished_copy, *arguments, "--json", "-")
        return said, json.loads(said.out) if said.code == 0 else None

    return words


def configurations(result):
    return [{k: v for k, v in trial.items() if k != "seconds"} for trial in result["trials"]]


def test_all_combinations_are_tried_if_they_are_few(explore, finished_copy):
    said, result = explore(*VARY)
    assert said.code == 0, said.err
    assert result["sampler"] == "grid" and result["combinations"] == 9
    assert len({tuple(trial["params"].values()) for trial in result["trials"]}) == 9
    assert [o["name"] for o in result["objectives"]] == ["energy_J", "latency_s", "accuracy"]
    for trial in result["trials"]:
        assert trial["feasible"] == (trial["params"]["weight-bits"] > 2)
        assert bool(trial["values"]) == trial["feasible"] == (not trial["reason"])
    assert result["pareto"]
    assert "6 measured, 0 repeated, 3 do not fit; 9 combinations" in " ".join(said.err.split())
    assert "does not fit: hidden1: no weight but 0 has 2 bits" in said.err
    assert f"{finished_copy}/explore/studies.db" in said.err


def test_a_configuration_costs_what_a_co_simulation_of_it_tells(explore, call, finished_copy):
    _, result = explore("--vary", "place=greedy", "--vary", "profile=davies2018", "--static")
    (trial,) = result["trials"]
    words = ["--place", "greedy", "--profile", "davies2018", "--static", "--json", "-"]
    alone = json.loads(call("cosim", finished_copy, *words).out)
    assert trial["values"]["energy_J"] == alone["energy_per_inference_J"]["total"]
    assert trial["values"]["latency_s"] == alone["latency_per_inference_s"]
    assert trial["values"]["accuracy"] == alone["accuracy_hardware"]
    assert trial["values"]["agreement"] == alone["agreement"]
    assert trial["values"]["cores"] == alone["mapping"]["cores"]


def test_the_files_hold_the_same_numbers(explore, finished_copy):
    _, result = explore(*VARY, "--objective", "cores", "--objective", "energy", "--study", "mine")
    out = finished_copy / "explore" / "mine"
    files = ["pareto.json", "pareto.png", "pareto.svg", "trials.csv"]
    assert sorted(path.name for path in out.iterdir()) == files
    assert json.loads((out / "pareto.json").read_text()) == result
    rows = list(csv.DictReader((out / "trials.csv").read_text().splitlines()))
    assert [int(row["trial"]) for row in rows] == list(range(9))
    for row, trial in zip(rows, result["trials"], strict=True):
        assert row["outcome"] == trial["outcome"] and row["reason"] == trial["reason"]
        assert int(row["neurons-per-core"]) == trial["params"]["neurons-per-core"]
        assert row["energy_J"] == str(trial["values"].get("energy_J", ""))
        assert row["pareto"] == str(trial["number"] in result["pareto"]).lower()
    assert matplotlib.image.imread(out / "pareto.png").std() > 0


def test_the_network_runs_in_software_once(explore, monkeypatch):
    runs = []
    simulate = cosim.simulate

    def count(graph, inputs):
        runs.append(next(iter(inputs.values())).shape)
        return simulate(graph, inputs)

    monkeypatch.setattr("polychrony.experiments.exploration.evaluation.simulate", count)
    explore(*VARY)
    assert len(runs) == 2  # the first samples, for placement, and all of them


def test_the_same_command_goes_on_with_the_same_study(explore):
    words = [*VARY, "--sampler", "random", "--samples", 5]
    _, whole = explore(*words, "--trials", 8, "--study", "whole")
    _, part = explore(*words, "--trials", 5)
    said, result = explore(*words, "--trials", 8)
    assert result["study"] == part["study"]
    assert "5 of 8 configurations are there already" in said.err
    assert configurations(result) == configurations(whole)
    assert configurations(result)[:5] == configurations(part)


def test_other_options_are_another_study(explore):
    words = ["--vary", "buffer=1,2", "--samples", 2]
    studies = {
        explore(*words, *more)[1]["study"]
        for more in ([], ["--seed", 1], ["--noc", "queueing"], ["--static"], ["--chip", "loihi"])
    }
    assert len(studies) == 4
    explore(*words, "--study", "one")
    said, _ = explore(*words, "--study", "one", "--seed", 1)
    assert said.code == 2
    assert "'one' was begun with seed 0, not 1; give it another name" in said.err.splitlines()[-1]


@pytest.mark.slow
def test_a_killed_command_goes_on(explore, finished_copy):
    words = ["--vary", "neurons-per-core=4,5,6,7,8,9,10,11,12", "--vary", "weight-bits=3,4,5,6,7"]
    words += ["--sampler", "tpe", "--trials", "18", "--samples", "10"]
    _, whole = explore(*words, "--study", "whole")
    command = [sys.executable, "-m", "polychrony.experiments.cli", "explore", str(finished_copy)]
    with subprocess.Popen([*command, *words], stdout=subprocess.PIPE, text=True) as process:
        assert any(line.startswith("trial 12:") for line in process.stdout)
        process.send_signal(signal.SIGKILL)
    said, result = explore(*words)
    assert " of 18 configurations are there already" in said.err
    assert configurations(result) == configurations(whole)


def test_nothing_that_fits_is_told_and_no_failure(explore):
    said, result = explore("--vary", "delay-max=0,1", "--vary", "relays=refuse")
    assert said.code == 0 and result["pareto"] == []
    assert {trial["feasible"] for trial in result["trials"]} == {False}
    assert "longest delay" in said.err


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ([], ["nothing to vary", "neurons-per-core"]),
        (["--vary", "neuron-per-core=1"], ["did you mean 'neurons-per-core'"]),
        (["--vary", "buffer=1", "--objective", "enery"], ["did you mean 'energy'"]),
        (["--vary", "buffer=1", *["--objective", "energy"] * 2], ["names energy twice"]),
        (["--vary", "buffer=1", "--trials", "0"], ["--trials is 0"]),
        (["--vary", "buffer=1", "--samples", "-1"], ["--samples is -1"]),
        (["--vary", "buffer=1", "--seed", "-1"], ["--seed is -1"]),
        (["--vary", "buffer=1", "--chip", "abacus"], ["'abacus'", "loihi"]),
        (["--vary", "buffer=1", "--chip", "loihi2"], ["gives no energy of synapse"]),
        (["--vary", "buffer=1", "--sampler", "best"], ["best"]),
        (["--vary", "profile=sanafe2025", "--static"], ["static power is unknown"]),
        (["--vary", "profile=davies2018", "--profile", "davies2018"], ["given and varied"]),
        (["--vary", "buffer"], ["--vary is 'buffer'", "NAME=VALUE"]),
        (["--vary", "buffer="], ["--vary is 'buffer='"]),
        (["--vary", "buffer=1,,2"], ["--vary is 'buffer=1,,2'"]),
        (["--vary", "buffer=2,2"], ["names a value twice"]),
        (["--vary", "buffer=few"], ["buffer=few", "whole numbers"]),
        (["--vary", "neurons-per-core=0"], ["neurons_per_core is 0", "from 1"]),
        (["--vary", "mesh=4x4x4"], ["mesh=4x4x4", "columns x rows"]),
        (["--vary", "mismatch=nan"], ["mismatch=nan", "numbers from 0"]),
        (["--vary", "place=north"], ["place=north", "in_order"]),
        (["--vary", "buffer=1", "--vary", "buffer=2"], ["names buffer twice"]),
        (["--vary", "buffer=1", "--objective", ""], ["--objective is ''", "energy"]),
        (["--vary", "buffer=1", "--study", "../x"], ["--study is '../x'", "without /"]),
        (["--vary", "buffer=1", "--study", ".."], ["--study is '..'"]),
        (["--vary", "buffer=1", "--study", ""], ["--study is ''"]),
        (["--vary", "buffer=1", "--storage", ""], ["--storage is no URL", "sqlite:///"]),
        (["--vary", "buffer=1", "--storage", "http://x"], ["--storage http://x cannot be used"]),
        (["--vary", "buffer=1", "--storage", "a+b://me:secret@[::1/s"], ["a+b://me:***@[::1/s is"]),
        (["--vary", "buffer=1", "--storage", "nowhere"], ["--storage nowhere", "sqlite:///"]),
        (["--vary", "buffer=1", "--storage", "sqlite:////no/such/s.db"], ["/no/such/s.db failed"]),
        (["--vary", "buffer=1", "--out", "/dev/null/x"], ["/dev/null is not a folder"]),
    ],
)
def test_mistakes_are_told_in_one_line(words, parts, explore):
    said, _ = explore(*words)
    last = said.err.splitlines()[-1]
    assert said.code == 2 and last.startswith("polychrony: error: "), said.err
    assert all(part in last for part in parts), last


def test_a_password_is_not_shown(explore, monkeypatch):
    url = "postgresql+nosuchdriver://me:secret@localhost/s"
    said, _ = explore("--vary", "buffer=1", "--storage", url)
    assert said.code == 2 and "me:***@localhost" in said.err
    assert "secret" not in said.err + said.out


def test_without_optuna_one_line_says_what_to_install(explore, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "polychrony.experiments.commands.explore.find_spec",
        lambda name: None if name == "optuna" else find(name),
    )
    said, _ = explore("--vary", "buffer=1")
    assert said.is_one_error("needs Optuna", "pip install 'polychrony[explore]'")
