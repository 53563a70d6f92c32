"""`polychrony demo`"""

from __future__ import annotations

import dataclasses
import json

import pytest

from polychrony.experiments.recipes import digits
from polychrony.experiments.runs import RUNS


@pytest.fixture
def short(monkeypatch):
    """The demo with one epoch."""

    def one_epoch():
        config = digits()
        network = dataclasses.replace(config.network, hidden=(16,))
        training = dataclasses.replace(config.training, epochs=1)
        return dataclasses.replace(config, network=network, training=training)

    monkeypatch.setattr("polychrony.experiments.commands.demo.digits", one_epoch)


def test_it_writes_both_results_and_keeps_an_earlier_demo(call, short):
    (RUNS / "demo").mkdir(parents=True)
    (RUNS / "demo" / "result.json").write_text("my precious")
    said = call("demo")
    assert said.code == 0, said.err
    result = json.loads((RUNS / "demo" / "result.json").read_text())
    cosim = json.loads((RUNS / "demo" / "cosim.json").read_text())
    assert result["recipe"] == cosim["recipe"] == "digits"
    assert result["test_accuracy"] == cosim["accuracy_software"]
    assert cosim["chip"] == "loihi"
    assert result["samples"] == {"train": 1197, "valid": 200, "test": 400}
    assert str(RUNS / "demo" / "cosim.json") in said.out
    assert (RUNS / "demo-2" / "result.json").read_text() == "my precious"
    assert sorted(path.name for path in RUNS.iterdir()) == ["demo", "demo-2"]
