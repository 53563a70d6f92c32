"""Runs with weights and spikes of a few bits."""

from __future__ import annotations

import json

from polychrony.experiments.runs import open_run
from polychrony.snn import to_graph
from polychrony.snn.quantization import integers


def test_a_run_of_few_bits_is_trained_tested_and_co_simulated(tiny, call, tmp_path):
    folder = tmp_path / "few"
    said = call(*tiny, "--weight-bits", 4, "--grid", "loihi", "--run", folder)
    assert said.code == 0, said.err
    network = open_run(folder).load_network()
    assert abs(integers(network)["hidden1"].synapses.weight).max() <= 14
    assert call("evaluate", folder, "--json", tmp_path / "e.json").code == 0
    result = json.loads((folder / "result.json").read_text())
    assert json.loads((tmp_path / "e.json").read_text())["accuracy"] == result["test_accuracy"]
    assert call("cosim", folder, "--json", tmp_path / "c.json").code == 0
    numbers = json.loads((tmp_path / "c.json").read_text())
    assert numbers["accuracy_software"] == result["test_accuracy"]
    assert all(error["weight_max"] < 1e-12 for error in numbers["quantization"])
    assert to_graph(network)["hidden1"].resolution.weight_step == 2**0


def test_spikes_of_several_bits_run_in_software_only(tiny, call, tmp_path):
    folder = tmp_path / "few"
    bits = ["--weight-bits", 3, "--spike-bits", 2, "--per", "tensor", "--layer-bits", "output=5"]
    assert call(*tiny, *bits, "--run", folder).code == 0
    assert call("evaluate", folder).code == 0
    assert call("cosim", folder).is_one_error("hidden1: bits of a spike is 2", "--spike-bits 1")


def test_a_run_of_few_bits_is_resumed(tiny, call, tmp_path, do_at):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    bits = ["--weight-bits", 2, "--spike-bits", 2]
    assert call(*tiny, *bits, "--run", whole).code == 0

    def stop() -> None:
        raise KeyboardInterrupt

    do_at(1, 2, stop)
    assert call(*tiny, *bits, "--run", cut).code == 130
    assert call(*tiny, *bits, "--run", cut, "--resume").code == 0
    first, second = (json.loads((f / "result.json").read_text()) for f in (whole, cut))
    assert first["test_accuracy"] == second["test_accuracy"]
    losses = [[epoch["train_loss"] for epoch in r["history"]] for r in (first, second)]
    assert losses[0] == losses[1]


def test_options_that_cannot_be_are_refused_before_anything_is_written(tiny, call, tmp_path):
    folder = tmp_path / "few"
    said = call(*tiny, "--spike-bits", 2, "--run", folder)
    assert said.is_one_error("--spike-bits 2 needs --weight-bits")
    said = call("train", "digits", "--rule", "tess", "--weight-bits", 4, "--run", folder)
    assert said.is_one_error("--weight-bits", "network with delays")
    assert not folder.exists()
