"""The tutorial, from its first command to its last, with short runs and few samples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from docs_pages import DOCS, commands

from polychrony.experiments.cli import main

SHORT = {
    "train": {"--epochs": "2", "--samples": "120"},
    "cosim": {"--samples": "8"},
    "explore": {"--trials": "2", "--samples": "8"},
}


def _short(words):
    options = {**SHORT.get(words[0], {})}
    shown = list(words)
    for name in set(options) & set(shown):
        shown[shown.index(name) + 1] = options.pop(name)
    return shown + [word for option in options.items() for word in option]


@pytest.mark.slow
def test_every_command_of_the_tutorial_works_in_its_order(tmp_path, monkeypatch, capsys):
    pytest.importorskip("optuna", reason="exploration needs optuna (extra `explore`)")
    pytest.importorskip("plotly", reason="the page needs plotly (extra `report`)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POLYCHRONY_CACHE", str(tmp_path / "cache"))
    shown = [words for _, words in commands(DOCS / "tutorial.md")]
    assert [words[0] for words in shown][:4] == ["doctor", "train", "train", "cosim"]
    for words in shown:
        assert main(_short(words)) == 0, capsys.readouterr().err
    assert Path("report.html").read_text(encoding="utf-8").startswith("<!")
    told = json.loads(Path("loihi.json").read_text())
    assert told["chip"] == "loihi" and told["samples"] == 8
    assert list(Path("figures").iterdir())
