"""Runs with weights and spikes of a few bits."""

from __future__ import annotations

import json

import numpy as np

from polychrony.experiments.data import open_split
from polychrony.experiments.models import graph_of
from polychrony.experiments.runs import open_run
from polychrony.snn import to_graph
from polychrony.snn.quantization import integer_inference, integers


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
    assert said.is_one_error("--rule tess trains real weights", "use --rule bptt")
    said = call("train", "nmnist", "--layer-bits", "hidden3=4", "--weight-bits", 4, "--run", folder)
    assert said.is_one_error("name each of hidden1, hidden2, output once at most")
    assert call("train", "nmnist", "--spike-bits", 2, "--run", folder).is_one_error("--weight-bits")
    said = call("train", "shd", "--still", "--run", folder)
    assert said.is_one_error("--still is of digits")
    assert not folder.exists()


def test_maps_of_few_bits_are_trained_and_tested(tiny_blocks, call, tmp_path):
    folder = tmp_path / "few"
    bits = ["--weight-bits", 3, "--spike-bits", 2, "--layer-bits", "hidden2=4/3", "output=8"]
    said = call(*tiny_blocks, *bits, "--run", folder)
    assert said.code == 0, said.err
    assert "rule bptt, weights of 3 bits, spikes of 2 bits" in " ".join(said.out.split())
    assert call("evaluate", folder, "--json", tmp_path / "e.json").code == 0
    result = json.loads((folder / "result.json").read_text())
    assert json.loads((tmp_path / "e.json").read_text())["accuracy"] == result["test_accuracy"]
    run = open_run(folder)
    exported = integers(run.load_network())
    tops = [abs(layer.synapses.weight).max() for layer in exported.layers]
    assert [top <= most for top, most in zip(tops, (3, 7, 3, 127), strict=True)] == [True] * 4
    assert [layer.neurons.levels for layer in exported.layers] == [3, 7, 3, 0]
    right = 0
    for counts, label in (data := open_split("nmnist", run.config, "test")):
        found = integer_inference(exported, counts.unsqueeze(1).numpy())
        right += int(found.potentials["output"].sum(0).argmax()) == label
    assert right / len(data) == result["test_accuracy"]
    assert call("cosim", folder).is_one_error("maps")


def test_a_run_of_maps_of_few_bits_is_resumed(tiny_blocks, call, tmp_path, do_at):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    bits = ["--weight-bits", 2, "--spike-bits", 2]
    assert call(*tiny_blocks, *bits, "--run", whole).code == 0

    def stop() -> None:
        raise KeyboardInterrupt

    do_at(1, 1, stop)
    assert call(*tiny_blocks, *bits, "--run", cut).code == 130
    assert call(*tiny_blocks, *bits, "--run", cut, "--resume").code == 0
    first, second = (json.loads((f / "result.json").read_text()) for f in (whole, cut))
    losses = [[epoch["train_loss"] for epoch in r["history"]] for r in (first, second)]
    assert losses[0] == losses[1] and first["test_accuracy"] == second["test_accuracy"]


def test_linear_blocks_of_few_bits_have_a_graph_in_the_trained_numbers(call, tmp_path):
    folder = tmp_path / "few"
    words = "digits --architecture blocks --layers 16 --epochs 1 --samples 40 --dt-ms 20"
    said = call("train", *words.split(), "--weight-bits", 4, "--run", folder)
    assert said.code == 0, said.err
    graph = graph_of(open_run(folder).load_network())
    weights = graph.projections[0].weight / graph["hidden1"].resolution.weight_step
    np.testing.assert_allclose(weights, np.rint(weights), atol=1e-4)
    assert 0 < abs(weights).max() <= 7
    assert call("evaluate", folder, "--json", tmp_path / "e.json").code == 0
    assert json.loads((tmp_path / "e.json").read_text())["synapses"] == graph.n_synapses
    assert call("cosim", folder).is_one_error("reset after a spike is soft")


def test_digits_that_stay_still(call, tmp_path):
    words = "digits --still --dt-ms 75 --max-delay-ms 75 --tau-mem-ms 150 --epochs 1 --hidden 16"
    said = call("train", *words.split(), "--samples", 60, "--run", tmp_path / "still")
    assert said.code == 0, said.err
    assert call("evaluate", tmp_path / "still").code == 0
    assert open_run(tmp_path / "still").load_network().blocks[0].synapses.in_features == 64
    said = call("train", *words.split(), "--pool", 2, "--run", tmp_path / "other")
    assert said.is_one_error("--pool is 2; with --still leave it at 1")


def test_frames_of_a_camera_are_channels_of_a_network_with_delays(nmnist_file, call, tmp_path):
    words = (
        "--architecture delays --size 8 --dt-ms 75 --max-delay-ms 75 --tau-mem-ms 150 --hidden 9"
    )
    shared = ["train", "nmnist", "--root", nmnist_file, *words.split(), "--epochs", 1]
    said = call(*shared, "--weight-bits", 4, "--run", tmp_path / "flat")
    assert said.code == 0, said.err
    assert call("cosim", tmp_path / "flat").code == 0
    said = call(*shared, "--crop", 1, "--run", tmp_path / "crop")
    assert said.is_one_error("--crop", "takes as channels")
