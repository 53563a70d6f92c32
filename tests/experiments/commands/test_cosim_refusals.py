"""`polychrony cosim`: options, runs and chip files that are refused, each in one line."""

from __future__ import annotations

import json

import pytest
import torch

EXTENDS = 'extends = "loihi"\nname = "mine"\n'


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--tick-us 0", ["tick is 0.0 s; it must be above 0 s"]),
        ("--tick-us -1", ["tick is -1e-06 s"]),
        ("--tick-us nan", ["tick is nan s"]),
        ("--tick-us inf", ["tick is inf s"]),
        ("--tick-us 1e-30", ["1e-12 to 1000"]),
        ("--tick-us 1e300", ["1e-12 to 1000"]),
        ("--tick-us soon", ["--tick-us: 'soon' is no FLOAT"]),
        ("--late never", ["'never'", "'deliver', 'drop'"]),
        ("--max-late -0.1", ["max_late is -0.1; it must be from 0 to below 1"]),
        ("--max-late 1", ["max_late is 1.0"]),
        ("--max-late nan", ["max_late is nan"]),
        ("--max-late 0.1 --tick-us 1", ["give a tick, or the share"]),
        ("--max-late 0.1 --loop off", ["with the loop open or closed"]),
        ("--rounds 0", ["max_rounds is 0, at least 1"]),
        ("--rounds 1.5", ["--rounds", "'1.5'"]),
        ("--compensate -1", ["compensate is -1, at least 0"]),
        ("--compensate 1 --loop off", ["with the loop open or closed"]),
        ("--compensate some", ["--compensate", "'some'"]),
        ("--loop ajar", ["'ajar'", "'open', 'closed'"]),
        ("--noc magic", ["'magic'", "'analytic', 'queueing', 'cycle'"]),
        ("--profile cheap", ["'cheap'", "davies2018"]),
        ("--place north", ["'north'", "annealing"]),
        ("--mismatch 0.1", ["mismatch does not apply to loihi"]),
        ("--chip dynapse --profile moradi2018-1.3v --mismatch nan", ["mismatch is nan"]),
        ("--seed -1", ["--seed is -1", "[0, 2^32)"]),
        ("--seed 4294967296", ["--seed is 4294967296"]),
        ("--relays some", ["'some'", "'build'"]),
        ("--fan-in wide", ["'wide'", "'split'"]),
        ("--arithmetic octal", ["'octal'", "'chip', 'real'"]),
    ],
)
def test_options_out_of_range(line, words, call, finished):
    assert call("cosim", finished, "--samples", 2, *line.split()).is_one_error(*words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (EXTENDS + "neurons = 3\n", [":3", "a chip has no 'neurons'", "'neurons_per_core'"]),
        ("this is no table", [":1", "this is no TOML"]),
        ("", ["says nothing about time, mesh"]),
        ('name = "mine"\n', ["says nothing about time, mesh"]),
        (EXTENDS + "neurons_per_core = 0\n", [":3", "neurons_per_core is 0", "from 1"]),
        (EXTENDS + 'neurons_per_core = "many"\n', [":3", "'many'", "a whole number"]),
        (EXTENDS + "mesh = [0, 4]\n", ["mesh"]),
        ('extends = "abacus"\n', ["'abacus'", "loihi"]),
    ],
)
def test_chip_files_that_are_none(text, words, call, finished, tmp_path):
    (tmp_path / "my.toml").write_text(text)
    said = call("cosim", finished, "--samples", 2, "--chip", "my.toml")
    assert said.is_one_error("my.toml", *words)


def test_chip_files_that_are_not_there_or_no_text(call, finished, tmp_path):
    said = call("cosim", finished, "--chip", "none.toml")
    assert said.is_one_error("none.toml does not exist")
    (tmp_path / "my.toml").write_bytes(b"\xff\xfe\x00")
    assert call("cosim", finished, "--chip", "my.toml").is_one_error("no text in UTF-8")


def test_more_memory_than_there_is_is_one_line(call, finished, tmp_path):
    (tmp_path / "my.toml").write_text(EXTENDS + "cores_per_tile = 999999999\n")
    said = call("cosim", finished, "--samples", 2, "--chip", "my.toml")
    assert said.is_one_error("not enough memory", "ask for less")


@pytest.mark.parametrize("share", [0.0, 0.1, 0.9, 0.9999])
def test_weights_that_are_cut_off(share, call, finished_copy):
    path = finished_copy / "network.pt"
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert call("cosim", finished_copy).is_one_error(str(path), "cannot be loaded", "train the run")


def test_weights_that_are_no_numbers(call, finished_copy):
    path = finished_copy / "network.pt"
    content = torch.load(path, weights_only=True)
    next(iter(content["weights"].values())).fill_(float("nan"))
    torch.save(content, path)
    assert call("cosim", finished_copy).is_one_error("holds NaN or infinite values")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"recipe": "cifar"}, ["names the recipe 'cifar'"]),
        ({"more": 1}, ["is damaged", "needs the sections"]),
        ({"network": None}, ["is damaged", "it must hold options"]),
        ({"network": {"hidden": "wide"}}, ["is damaged", "hidden cannot be 'wide'"]),
        ({"data": {"dt_ms": -1.0}}, ["is damaged", "--dt-ms is -1.0"]),
        ({"network": {"hidden": [7]}}, ["network.pt cannot be loaded"]),
    ],
)
def test_a_damaged_configuration(change, words, call, finished_copy):
    path = finished_copy / "config.json"
    content = json.loads(path.read_text())
    for key, value in change.items():
        content[key] = {**content[key], **value} if isinstance(value, dict) else value
    path.write_text(json.dumps(content))
    assert call("cosim", finished_copy).is_one_error(*words)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xff"])
def test_a_configuration_that_is_no_json(content, call, finished_copy):
    (finished_copy / "config.json").write_bytes(content)
    assert call("cosim", finished_copy).is_one_error("config.json cannot be read as JSON")
