"""Checkpoints are whole or not there, and a damaged one is told in one line."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator
from safetensors.torch import load_file

from polychrony.experiments.errors import UserError
from polychrony.experiments.training.checkpoints import (
    latest_checkpoint,
    load_checkpoint,
    save_checkpoint,
)


@pytest.fixture
def accelerator() -> Accelerator:
    accelerator = Accelerator(cpu=True)
    network = torch.nn.Linear(2, 1)
    accelerator.prepare(network, torch.optim.Adam(network.parameters()))
    return accelerator


@pytest.fixture
def weight(accelerator: Accelerator) -> torch.Tensor:
    return accelerator._models[0].weight.data


@pytest.fixture
def stopped(tiny, call, do_at, tmp_path) -> Path:
    """The folder of a run that was stopped in its second epoch."""
    do_at(1, 2, lambda: signal.raise_signal(signal.SIGINT))
    assert call(*tiny, "--run", tmp_path / "run").code == 130
    return tmp_path / "run"


class Touching:
    """A pickle of this makes a folder where pickles are trusted."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.path,)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_only_the_newest_stays(accelerator, tmp_path):
    assert latest_checkpoint(tmp_path) is None
    for epoch, step in ((0, 3), (1, 0), (9, 1), (10, 0), (100_000, 0), (100_000, 20_000_000)):
        path = save_checkpoint(accelerator, tmp_path, epoch, step)
        assert latest_checkpoint(tmp_path) == path
        assert names(tmp_path) == [path.name]


def test_the_newest_is_the_furthest_not_the_last_in_the_alphabet(tmp_path):
    for name in ("checkpoint-99999-0000000", "checkpoint-100000-0000000"):
        (tmp_path / name).mkdir()
    assert latest_checkpoint(tmp_path).name == "checkpoint-100000-0000000"


def test_state_comes_back(accelerator, weight, tmp_path):
    before = weight.clone()
    random = torch.get_rng_state()
    path = save_checkpoint(accelerator, tmp_path, 1, 2)
    weight.zero_()
    torch.rand(1)
    load_checkpoint(accelerator, path)
    assert torch.equal(weight, before)
    assert torch.equal(torch.get_rng_state(), random)


def test_what_users_keep_beside_is_left_alone(accelerator, tmp_path):
    for name in ("checkpoint-best", "checkpoint-00001-0000002-copy", "notes"):
        (tmp_path / name).mkdir()
    (tmp_path / "checkpoint-00000-0000001").touch()
    save_checkpoint(accelerator, tmp_path, 1, 0)
    assert names(tmp_path) == [
        "checkpoint-00000-0000001",
        "checkpoint-00001-0000000",
        "checkpoint-00001-0000002-copy",
        "checkpoint-best",
        "notes",
    ]


def test_what_a_killed_process_left_is_ignored_and_removed(accelerator, tmp_path):
    for name in (".partial-checkpoint-00000-0000007", ".partial-checkpoint-00009-0000000"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.safetensors").write_bytes(b"half")
    assert latest_checkpoint(tmp_path) is None
    save_checkpoint(accelerator, tmp_path, 0, 5)
    assert names(tmp_path) == ["checkpoint-00000-0000005"]


def test_older_ones_never_stand_half_removed_and_go_when_the_newest_is_loaded(
    accelerator, tmp_path, monkeypatch
):
    save_checkpoint(accelerator, tmp_path, 0, 5)
    removed: list[str] = []

    def killed(folder: Path, **_: object) -> None:
        removed.append(folder.name)
        (folder / "model.safetensors").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            save_checkpoint(accelerator, tmp_path, 1, 0)
    assert removed == [".partial-checkpoint-00000-0000005"]
    assert names(tmp_path) == [*removed, "checkpoint-00001-0000000"]
    shutil.copytree(tmp_path / "checkpoint-00001-0000000", tmp_path / "checkpoint-00000-0000009")
    load_checkpoint(accelerator, latest_checkpoint(tmp_path))
    assert names(tmp_path) == ["checkpoint-00001-0000000"]


def test_one_that_cannot_be_written_leaves_the_one_before(accelerator, tmp_path, monkeypatch):
    before = save_checkpoint(accelerator, tmp_path, 0, 5)

    def full(folder: str) -> None:
        Path(folder).mkdir()
        (Path(folder) / "model.safetensors").write_bytes(b"half")
        raise RuntimeError("file write failed\nwith a long trace")

    monkeypatch.setattr(accelerator, "save_state", full)
    with pytest.raises(UserError, match="file write failed; make room") as caught:
        save_checkpoint(accelerator, tmp_path, 1, 0)
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == [before.name]
    load_file(before / "model.safetensors")


@pytest.mark.parametrize(
    "name",
    [
        "model.safetensors",
        "optimizer.bin",
        "optimizer_1.bin",
        "scheduler.bin",
        "custom_checkpoint_0.pkl",
        "random_states_0.pkl",
    ],
)
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_damaged_one_is_told_in_one_line(name, damage, stopped, call):
    path = stopped / "checkpoint-00001-0000002" / name
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:100])
    else:
        path.unlink()
    said = call("train", "shd", "--run", stopped, "--resume")
    said.is_one_error("checkpoint-00001-0000002 cannot be loaded", "remove it to start")
    assert not (stopped / "result.json").exists()


@pytest.mark.parametrize(
    "name",
    [
        "pytorch_model.bin",
        "optimizer.bin",
        "optimizer_1.bin",
        "scheduler.bin",
        "custom_checkpoint_0.pkl",
        "random_states_0.pkl",
    ],
)
@pytest.mark.parametrize("form", ["archive", "bare"])
def test_one_that_would_run_something_is_refused_and_runs_nothing(
    name, form, stopped, call, tmp_path
):
    folder, trace = stopped / "checkpoint-00001-0000002", tmp_path / "was run"
    if name == "pytorch_model.bin":  # what accelerate reads where there are no safe tensors
        (folder / "model.safetensors").unlink()
    if form == "archive":
        torch.save(Touching(trace), folder / name)
    else:
        (folder / name).write_bytes(pickle.dumps(Touching(trace)))
    said = call("train", "shd", "--run", stopped, "--resume")
    assert said.is_one_error("checkpoint-00001-0000002 cannot be loaded", "remove it to start")
    assert not trace.exists()
    assert "TORCH_FORCE_WEIGHTS_ONLY_LOAD" not in os.environ


def test_the_harm_of_these_tests_is_real(tmp_path):
    pickle.loads(pickle.dumps(Touching(tmp_path / "was run")))
    assert (tmp_path / "was run").exists()


def test_one_of_another_network_is_told_in_one_line(stopped, call, tiny, tmp_path):
    assert call(*tiny, "--hidden", 9, "--run", tmp_path / "other").code == 0
    (other,) = (tmp_path / "other").glob("checkpoint-*")
    shutil.rmtree(stopped / "checkpoint-00001-0000002")
    shutil.copytree(other, stopped / other.name)
    said = call("train", "shd", "--run", stopped, "--resume")
    assert said.is_one_error("cannot be loaded")


def test_one_of_more_processes_is_refused(stopped, call):
    folder = stopped / "checkpoint-00001-0000002"
    shutil.copy(folder / "random_states_0.pkl", folder / "random_states_1.pkl")
    said = call("train", "shd", "--run", stopped, "--resume")
    assert said.is_one_error("written by 2 processes", "resume with 2")
