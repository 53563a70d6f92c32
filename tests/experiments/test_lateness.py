"""Lateness on the command line, from a co-simulation, and in the configuration of a run."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from polychrony.experiments.errors import UserError
from polychrony.experiments.lateness import by_sender, read_lateness
from polychrony.experiments.runs import open_run

LAYERS = {"input": {"0": 6, "2": 2}, "hidden1": {"0": 5}, "hidden1.relay1": {"9": 1}}


def measured(path: Path, layers: Any = LAYERS, policy: str = "deliver") -> Path:
    """What a co-simulation with its loop closed writes, as far as it matters here."""
    told = {name: {"late_by_ticks": counts} for name, counts in layers.items()}
    path.write_text(json.dumps({"run": "x", "loop": {"policy": policy, "layers": told}}))
    return path


def lateness_of(folder: Path | str) -> Any:
    return open_run(Path(folder)).config.network.lateness


def test_counts_of_a_cosimulation_become_probabilities(tmp_path):
    path = measured(tmp_path / "cosim.json")
    assert read_lateness(path, 1) == ((0.75, 0.0, 0.25), (1.0,))


def test_what_a_chip_drops_is_lost(tmp_path):
    path = measured(tmp_path / "cosim.json", policy="drop")
    assert read_lateness(path, 1) == ((0.75,), (1.0,))


def test_all_may_be_late(tmp_path):
    layers = {"input": {"1": 4}, "hidden1": {"0": 0, "1": 3, "2": 0}}
    assert read_lateness(measured(tmp_path / "a.json", layers), 1) == ((0.0, 1.0), (0.0, 1.0))
    assert read_lateness(measured(tmp_path / "b.json", layers, "drop"), 1) == ((0.0,), (0.0,))


@pytest.mark.parametrize("counts", [{}, {"0": 0}])
def test_a_layer_that_sends_to_the_host_alone_is_in_time(tmp_path, counts):
    path = measured(tmp_path / "cosim.json", {**LAYERS, "hidden1": counts})
    assert read_lateness(path, 1) == ((0.75, 0.0, 0.25), (1.0,))


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        ({"input": {"0": 1}}, "sends from input, hidden1"),
        ({**LAYERS, "hidden2": {"0": 1}}, "tells of input, hidden1, hidden1.relay1, hidden2"),
        ({"input": {}, "hidden1": {"0": 0}}, "no spike that was sent"),
        ({**LAYERS, "hidden1": {"0": 1.5}}, r"loop\.layers\.hidden1\.late_by_ticks"),
        ({**LAYERS, "hidden1": {"0": -1}}, r"loop\.layers\.hidden1\.late_by_ticks"),
        ({**LAYERS, "hidden1": {"-1": 1}}, r"loop\.layers\.hidden1\.late_by_ticks"),
        ({**LAYERS, "hidden1": {"one": 1}}, r"loop\.layers\.hidden1\.late_by_ticks"),
        ({**LAYERS, "input": None}, r"loop\.layers\.input\.late_by_ticks"),
    ],
)
def test_counts_that_cannot_be_are_refused(layers, told, tmp_path):
    with pytest.raises(UserError, match=rf"cosim\.json.*{told}"):
        read_lateness(measured(tmp_path / "cosim.json", layers), 1)


@pytest.mark.parametrize(
    "content", [{}, [], {"loop": None}, {"loop": {"tick_s": None}}, {"loop": {"layers": []}}]
)
def test_a_file_that_measured_no_lateness_is_refused(content, tmp_path):
    path = tmp_path / "cosim.json"
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match=r"cosim\.json tells of no late spikes.*--loop closed"):
        read_lateness(path, 1)


def test_one_distribution_serves_all_senders():
    assert by_sender((), 2) == {}
    assert by_sender(((0.9,),), 2) == {"input": (0.9,), "hidden1": (0.9,), "hidden2": (0.9,)}
    assert by_sender(((0.9,), (0.8,)), 1) == {"input": (0.9,), "hidden1": (0.8,)}


def test_words_reach_the_configuration_of_the_run(tiny, call):
    words = ["--lateness", "0.8,.15,5e-2", "1", "--epochs", 1]
    assert call(*tiny, *words).code == 0
    assert lateness_of("runs/shd") == ((0.8, 0.15, 0.05), (1.0,))
    network = open_run(Path("runs/shd")).load_network()
    assert [late.probabilities for late in network.late_arrivals] == [(0.8, 0.15, 0.05), (1.0,)]
    result = json.loads(Path("runs/shd/result.json").read_text())
    numbers = json.loads(call("evaluate", "runs/shd", "--json", "-").out)
    assert numbers["accuracy"] == result["test_accuracy"]


def test_a_cosimulation_reaches_the_configuration_and_may_be_named_again(tiny, call, do_at):
    path = measured(Path("cosim.json"))
    do_at(1, 1, lambda: signal.raise_signal(signal.SIGINT))
    words = [*tiny, "--epochs", 2, "--lateness-from", path]
    assert call(*words).code == 130
    assert lateness_of("runs/shd") == ((0.75, 0.0, 0.25), (1.0,))
    resume = ["train", "shd", "--resume"]
    other = measured(Path("other.json"), {"input": {"1": 1}, "hidden1": {"0": 1}})
    said = call(*resume, "--lateness-from", other)
    assert said.is_one_error("other values of --lateness;")
    assert call(*resume, "--lateness", "0.5").is_one_error("other values of --lateness;")
    assert call(*resume, "--lateness-from", path).code == 0
    assert (Path("runs/shd") / "result.json").is_file()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--lateness", "0.8,x"], ["--lateness"]),
        (["--lateness", "0.8,,0.1"], ["--lateness"]),
        (["--lateness", "0.8,0.3"], ["--lateness is 0.8,0.3", "at most 1"]),
        (["--lateness", "-0.1,0.3"], ["--lateness is -0.1,0.3"]),
        (["--lateness", "nan"], ["--lateness is nan"]),
        (["--lateness", "1", "1", "1"], ["3 distributions", "input, hidden1"]),
        (["--lateness-from", "nowhere.json"], ["nowhere.json does not exist"]),
        (
            ["--lateness", "1", "--lateness-from", "x"],
            ["--lateness", "--lateness-from", "not both"],
        ),
    ],
)
def test_what_cannot_be_is_told_in_one_line_and_leaves_nothing(words, told, tiny, call):
    assert call(*tiny, *words).is_one_error(*told)
    assert not Path("runs").exists()


def test_what_a_cosimulation_writes_is_what_training_reads(finished, call):
    said = call("cosim", finished, "--tick-us", "0.02", "--json", "cosim.json")
    assert said.code == 0, said.err
    (heard, late) = read_lateness(Path("cosim.json"), 1)
    assert sum(heard) == pytest.approx(1) == sum(late)
    assert len(late) > 1
