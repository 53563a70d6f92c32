"""Run folders: made, opened, and refused where they are damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from polychrony.datasets.work_folder import unlocked_folder
from polychrony.experiments.config import Config, DataConfig
from polychrony.experiments.errors import UserError
from polychrony.experiments.runs import RUNS, free_folder, newest_folder, open_run, plan_run


def test_a_created_run_opens_as_it_was():
    config = Config(data=DataConfig(root=Path("somewhere"), valid_speakers=(3, 4)))
    run = plan_run(Path("a/run"), "shd", config)
    assert not Path("a").exists()
    run.create()
    assert open_run(Path("a/run")) == run
    assert not run.is_finished
    assert open_run(Path("a/run"), root=Path("elsewhere")).config.data.root == Path("elsewhere")


def test_an_empty_folder_may_become_a_run(tmp_path):
    plan_run(tmp_path, "shd", Config()).create()
    assert open_run(tmp_path).recipe == "shd"


def test_a_folder_with_anything_in_it_may_not(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(UserError, match=r"exists already.*--resume.*--run"):
        plan_run(tmp_path, "shd", Config())
    with pytest.raises(UserError, match="exists already"):
        plan_run(tmp_path / "thesis.tex", "shd", Config())


def test_what_a_process_left_that_was_killed_at_the_very_beginning_is_nothing(tmp_path):
    left = unlocked_folder(tmp_path, "config.json")
    (left / "config.json").write_text("half")
    plan_run(tmp_path, "shd", Config()).create()
    assert open_run(tmp_path).recipe == "shd"
    (tmp_path / "config.json").unlink()
    unlocked_folder(tmp_path, "network.pt")
    with pytest.raises(UserError, match="exists already"):
        plan_run(tmp_path, "shd", Config())


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written"):
        plan_run(tmp_path / "file" / "run", "shd", Config())


def test_runs_are_numbered():
    assert free_folder("shd") == RUNS / "shd"
    with pytest.raises(UserError, match="--run FOLDER"):
        newest_folder("shd")
    for name in ("shd", "shd-2"):
        (RUNS / name).mkdir(parents=True)
    assert free_folder("shd") == RUNS / "shd-3"
    assert newest_folder("shd") == RUNS / "shd-2"
    assert free_folder("ssc") == RUNS / "ssc"


def test_the_command_to_resume_can_be_pasted():
    run = plan_run(Path("my run"), "shd", Config())
    assert run.resume_command == "polychrony train shd --run 'my run' --resume"


def test_the_trained_network_is_the_best_one(finished):
    run = open_run(finished)
    assert run.is_finished
    content = torch.load(run.network_path, weights_only=True)
    loaded = run.load_network().state_dict()
    assert loaded.keys() == content["weights"].keys()
    for key, value in loaded.items():
        assert torch.equal(value, content["weights"][key])


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content.pop("recipe"),
        lambda content: content.update(recipe="cifar"),
        lambda content: content.update(recipe=["shd"]),
        lambda content: content.pop("training"),
        lambda content: content.update(data=7),
        lambda content: content["network"].update(hidden="wide"),
        lambda content: content["network"].update(dropout=2.0),
        lambda content: content["training"].update(colour="red"),
    ],
)
def test_a_damaged_configuration_is_told_by_its_file(damage, finished_copy):
    path = finished_copy / "config.json"
    content = json.loads(path.read_text())
    damage(content)
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match=r"config\.json"):
        open_run(finished_copy)


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_a_configuration_that_is_none_is_told_by_its_file(text, finished_copy):
    (finished_copy / "config.json").write_text(text)
    with pytest.raises(UserError, match=r"config\.json"):
        open_run(finished_copy)


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UserError, match="not a run folder"):
            open_run(folder)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a network",
        {"weights": {}, "n_inputs": 70, "n_classes": 20},
        {"n_inputs": 70, "n_classes": 20},
        [1, 2, 3],
    ],
)
def test_damaged_weights_are_told_by_their_file(content, finished_copy):
    path = finished_copy / "network.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)
    with pytest.raises(UserError, match=r"network\.pt cannot be loaded") as caught:
        open_run(finished_copy).load_network()
    assert "\n" not in str(caught.value)


def test_weights_of_another_shape_are_refused(finished_copy):
    path = finished_copy / "config.json"
    content = json.loads(path.read_text())
    content["network"]["hidden"] = [17]
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match=r"network\.pt cannot be loaded"):
        open_run(finished_copy).load_network()
