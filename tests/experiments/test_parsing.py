"""Command lines that do not fit are told in one line."""

from __future__ import annotations

import io

import pytest

from polychrony.experiments.parsing import given_options


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", ["train", "evaluate", "cosim", "demo", "doctor", "polychrony --help"]),
        ("fly", ["fly", "train, evaluate, cosim, ", "noc", "chips", "demo, fetch, doctor"]),
        ("train", ["digits, coincidence, shd"]),
        ("train cifar", ["cifar", "digits, coincidence, shd"]),
        ("train shd --epoch 3", ["--epoch", "perhaps you meant --epochs"]),
        ("train shd --epochs many", ["--epochs", "'many'"]),
        ("train shd --epochs 2.5", ["--epochs", "'2.5'"]),
        ("train shd --lr fast", ["--lr", "'fast'"]),
        ("train shd --kernel box", ["--kernel", "'gauss', 'triangle', 'linear'"]),
        ("train shd --hidden wide", ["--hidden", "wide"]),
        ("train shd --run", ["--run", "polychrony train shd --help"]),
        ("train shd --chip loihi", ["--chip"]),
        ("train --epochs 3", ["--epochs", "digits, coincidence, shd"]),
        ("evaluate", ["RUN", "polychrony evaluate --help"]),
        ("evaluate a b", ["b"]),
        ("evaluate a --split dev", ["--split", "'train', 'valid', 'test'"]),
        ("cosim", ["RUN", "polychrony cosim --help"]),
        ("compare", ["digits, shd, nmnist"]),
        ("compare digits --seed 3", ["--seed", "--seeds"]),
        ("compare digits --hidden 3", ["--hidden"]),
        ("cosim a --samples some", ["--samples", "some"]),
        ("cosim a --tick-us soon", ["cannot parse --tick-us: 'soon' is no FLOAT; see"]),
        ("demo --fast", ["--fast"]),
        ("doctor here", ["here"]),
    ],
)
def test_words_that_do_not_fit(line, words, call):
    said = call(*line.split())
    assert said.is_one_error(*words)
    assert said.out == ""


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("columns", ["40", "200"])
def test_the_line_does_not_depend_on_the_terminal(columns, encoding, call, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert call("train", "shd", "--kernel", "box").is_one_error(
        "error: invalid choice 'box' for argument '--kernel'. Expected one of "
        "('gauss', 'triangle', 'linear'); see polychrony train shd --help"
    )
    assert call("train", "shd", "--epoch", "3").is_one_error(
        "error: Unrecognized options: --epoch, 3; perhaps you meant --epochs"
    )


def test_named_options_are_spelled_as_in_the_help():
    words = ["train", "shd", "--batch_size", "8", "--lr=0.1", "--resume", "-1"]
    assert given_options(words) == {"--batch-size", "--lr", "--resume"}
