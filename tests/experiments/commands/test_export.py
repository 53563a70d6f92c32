"""`polychrony export`, and `polychrony cosim` of what it writes."""

from __future__ import annotations

import json

import h5py
import pytest

from polychrony.experiments.models import graph_of
from polychrony.experiments.runs import open_run
from polychrony.snn.exchange.nir import from_nir

pytest.importorskip("nir", reason="nir is not installed: pip install 'polychrony[nir]'")

SAME = ("accuracy", "agreement", "energy", "latency", "spikes", "mapping", "steps_per")


@pytest.fixture
def exported(call, finished, tmp_path):
    path = tmp_path / "model.nir"
    said = call("export", finished, path, "--json", "-")
    assert said.code == 0, said.err
    return path, json.loads(said.out)


def test_what_is_written_is_the_network_of_the_run(exported, finished):
    path, told = exported
    run, back = open_run(finished), from_nir(path)
    graph = graph_of(run.load_network())
    assert back.n_synapses == graph.n_synapses == told["synapses"]
    assert back.dt == run.config.dt == told["step_s"]
    assert told["nodes"]["Input"] == told["nodes"]["Output"] == 1
    assert told["bytes"] == path.stat().st_size


def test_a_nir_file_costs_on_a_chip_what_its_run_costs(exported, finished, shd_files, call):
    path, _ = exported
    steps = open_run(finished).config.n_steps
    spikes = pooled(shd_files / "shd_test.h5", finished, path)
    found = call("cosim", path, "--input", spikes, "--steps", steps, "--json", "-")
    assert found.code == 0, found.err
    usual = call("cosim", finished, "--json", "-")
    expected, numbers = json.loads(usual.out), json.loads(found.out)
    assert numbers["recipe"] == "model.nir" and numbers["seed"] is None
    assert numbers["input"]["channels_per_input"] == 1
    for name, value in expected.items():
        if name.startswith(SAME):
            assert numbers[name] == value, name


def pooled(path, finished, where):
    """The spikes as the network's inputs receive them; times in the precision of the file."""
    pool = open_run(finished).config.data.pool
    target = where.with_name("pooled.h5")
    with h5py.File(path) as file, h5py.File(target, "w") as made:
        for name, divisor in (("times", None), ("units", pool)):
            rows = file[f"spikes/{name}"]
            column = made.create_dataset(f"spikes/{name}", rows.shape, rows.dtype)
            for k, row in enumerate(rows):
                column[k] = row if divisor is None else row // divisor
        made["labels"] = file["labels"][()]
    return target


def test_without_steps_samples_end_with_the_last_spike(exported, call, tmp_path):
    path, _ = exported
    spikes = tmp_path / "mine.csv"
    spikes.write_text("time_s,neuron\n0.001,0\n0.0501,1\n")
    said = call("cosim", path, "--input", spikes, "--json", "-")
    assert said.code == 0, said.err
    numbers = json.loads(said.out)
    assert numbers["steps_per_inference"] == int(0.0501 / from_nir(path).dt) + 1
    assert numbers["accuracy_software"] is None


def test_a_page_is_written_of_a_nir_file(exported, call, tmp_path):
    pytest.importorskip(
        "plotly", reason="plotly is not installed: pip install 'polychrony[report]'"
    )
    path, _ = exported
    spikes, page = tmp_path / "mine.csv", tmp_path / "page.html"
    spikes.write_text("0.001,0\n0.0501,1\n")
    said = call("cosim", path, "--input", spikes, "--report", page)
    assert said.code == 0, said.err
    assert "model.nir" in page.read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "brings no samples; name a file of spikes with --input"),
        (["--input", "mine.csv", "--steps", "-1"], "--steps is -1"),
        (["--input", "late.csv"], "give times in seconds, or the steps of a sample"),
        (["--input", "mine.csv", "--dt-ms", "0"], "dt is 0"),
        (["--input", "mine.csv", "--root", "."], "leave it out with --input"),
    ],
)
def test_what_does_not_fit_a_nir_file_is_told(
    words, message, exported, call, tmp_path, monkeypatch
):
    path, _ = exported
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.csv").write_text("0.001,0\n")
    (tmp_path / "late.csv").write_text("0.001,0\n1000000,0\n")
    said = call("cosim", path, *words)
    assert said.code == 2
    assert message in said.err and said.err.count("\n") == 1


def test_steps_are_for_nir_files(finished, call):
    said = call("cosim", finished, "--steps", 10)
    assert said.code == 2 and "--steps and --dt-ms are for NIR files" in said.err


def test_a_damaged_nir_file_is_told(exported, call, tmp_path):
    path, _ = exported
    path.write_bytes(path.read_bytes()[:1000])
    spikes = tmp_path / "mine.csv"
    spikes.write_text("0.001,0\n")
    said = call("cosim", path, "--input", spikes)
    assert said.code == 2
    assert f"{path}: damaged, or no NIR file" in said.err and said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["model.onnx"], "does not end in .nir"),
        (["model.nir", "--reader", "norse"], "norse would not read this network as it is"),
        (["model.nir", "--limit-mb", "0.001"], "NIR has no sparse ones"),
    ],
)
def test_what_cannot_be_exported_is_told(words, message, finished, call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = call("export", finished, *words)
    assert said.code == 2
    assert message in said.err and said.err.count("\n") == 1
    assert not list(tmp_path.glob("model*"))
