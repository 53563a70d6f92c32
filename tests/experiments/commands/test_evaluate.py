"""`polychrony evaluate`"""

from __future__ import annotations

import json
import shutil

import pytest

from polychrony.experiments.runs import open_run
from polychrony.snn import to_graph


def test_it_repeats_what_training_found(call, finished):
    said = call("evaluate", finished, "--json", "-")
    numbers = json.loads(said.out)
    trained = json.loads((finished / "result.json").read_text())
    assert numbers["accuracy"] == trained["test_accuracy"]
    assert numbers["spike_rate_Hz"] == trained["spike_rate_Hz"]
    graph = to_graph(open_run(finished).load_network())
    assert numbers == {
        "run": str(finished),
        "recipe": "shd",
        "split": "test",
        "accuracy": numbers["accuracy"],
        "samples": 20,
        "spike_rate_Hz": numbers["spike_rate_Hz"],
        "synapses": graph.n_synapses,
        "max_delay_steps": max(p.max_delay for p in graph.projections),
        "dt_s": 0.02,
    }
    assert f"{100 * numbers['accuracy']:.2f} % of 20 test samples" in said.err


@pytest.mark.parametrize(("split", "samples"), [("train", 40), ("valid", 20)])
def test_other_splits(split, samples, call, finished):
    numbers = json.loads(call("evaluate", finished, "--split", split, "--json", "-").out)
    assert (numbers["split"], numbers["samples"]) == (split, samples)
    if split == "valid":
        trained = json.loads((finished / "result.json").read_text())
        assert numbers["accuracy"] == trained["valid_accuracy"]


def test_data_that_moved_can_be_pointed_at(call, finished_copy, shd_files, tmp_path):
    path = finished_copy / "config.json"
    content = json.loads(path.read_text())
    content["data"]["root"] = str(tmp_path / "gone")
    path.write_text(json.dumps(content))
    assert call("evaluate", finished_copy).is_one_error("gone", "--root")
    assert call("evaluate", finished_copy, "--root", shd_files).code == 0


def test_an_unfinished_run_is_refused_with_the_command_to_finish_it(call, finished_copy):
    (finished_copy / "network.pt").unlink()
    said = call("evaluate", finished_copy)
    said.is_one_error("no trained network", f"polychrony train shd --run {finished_copy} --resume")


def test_data_of_another_shape_is_refused(call, finished_copy):
    path = finished_copy / "config.json"
    content = json.loads(path.read_text())
    content["data"]["pool"] = 20
    path.write_text(json.dumps(content))
    assert call("evaluate", finished_copy).is_one_error("35", "70")


def test_a_missing_run_and_a_truncated_file(call, finished, shd_files, tmp_path):
    assert call("evaluate", tmp_path / "nowhere").is_one_error("nowhere is not a run folder")
    shutil.copy(shd_files / "shd_test.h5", tmp_path)
    whole = (tmp_path / "shd_test.h5").read_bytes()
    (tmp_path / "shd_test.h5").write_bytes(whole[:1000])
    assert call("evaluate", finished, "--root", tmp_path).is_one_error("shd_test.h5", "HDF5")
