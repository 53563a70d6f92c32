"""Training, interrupted and resumed, ends in the very numbers of training that was not."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from polychrony.experiments.data import open_split
from polychrony.experiments.runs import open_run
from polychrony.experiments.training.interrupt import StopRequest
from polychrony.experiments.training.rule import StepResult
from polychrony.experiments.training.trainer import Trainer

VARIANTS = {
    "learned": ["--dropout", "0.4"],
    "fixed": ["--delays", "fixed", "--dropout", "0.4"],
    "none": ["--delays", "none", "--dropout", "0"],
    "late": ["--lateness", "0.6,0.2,0.1", "--dropout", "0.4"],
    "rex": ["--schedule", "rex", "--schedule-delays", "wsd"],
    "linear": ["--schedule", "linear", "--schedule-delays", "one-cycle"],
    "bf16": ["--mixed-precision", "bf16", "--clip-grad-norm", "0.5"],
}


def outcome(folder: Path) -> dict[str, object]:
    """Everything of a finished run that must not depend on interruptions."""
    result = json.loads((folder / "result.json").read_text())
    for record in result["history"]:
        del record["epoch_time_s"]
    for key in ("epoch_time_s", "command", "commit", "machine"):
        del result[key]
    return result


def tensors(folder: Path) -> dict[str, torch.Tensor]:
    """Best weights, last weights, and the state of every optimiser."""
    (checkpoint,) = folder.glob("checkpoint-*")
    found = {f"best {key}": value for key, value in _best(folder).items()}
    found |= load_file(checkpoint / "model.safetensors")
    for path in checkpoint.glob("optimizer*.bin"):
        for index, state in torch.load(path, weights_only=True)["state"].items():
            found |= {f"{path.name} {index} {key}": value for key, value in state.items()}
    return found


def _best(folder: Path) -> dict[str, torch.Tensor]:
    return torch.load(folder / "network.pt", weights_only=True)["weights"]


def assert_same(one: Path, other: Path) -> None:
    assert outcome(one) == outcome(other)
    left, right = tensors(one), tensors(other)
    assert left.keys() == right.keys()
    for key, value in left.items():
        assert torch.equal(value, right[key]), key


@pytest.fixture(scope="module")
def uninterrupted(
    tiny: list[str],
    train: Callable[[list[str]], None],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], Path]:
    """The finished run of a variant, trained in one go, once for all tests."""
    root = tmp_path_factory.mktemp("uninterrupted")

    def folder_of(variant: str) -> Path:
        folder = root / variant
        if not folder.exists():
            train([*tiny, *VARIANTS[variant], "--run", str(folder)])
        return folder

    return folder_of


@pytest.mark.parametrize(
    ("variant", "epoch", "step"),
    [
        ("learned", 0, 1),
        ("learned", 1, 2),
        ("learned", 1, 5),
        ("learned", 2, 5),
        ("fixed", 1, 2),
        ("none", 1, 3),
        ("late", 1, 3),
        ("bf16", 2, 1),
    ],
)
def test_a_stopped_run_goes_on_exactly(
    variant, epoch, step, tiny, call, uninterrupted, do_at, tmp_path
):
    reference = uninterrupted(variant)
    do_at(epoch, step, lambda: signal.raise_signal(signal.SIGINT))
    words = [*tiny, *VARIANTS[variant], "--run", tmp_path / "run"]
    assert call(*words).code == 130
    assert (tmp_path / "run" / f"checkpoint-{epoch:05d}-{step:07d}").is_dir()
    assert not (tmp_path / "run" / "result.json").exists()
    assert call(*words, "--resume").code == 0
    assert_same(tmp_path / "run", reference)


def test_a_run_stopped_twice_goes_on_exactly(tiny, call, uninterrupted, do_at, tmp_path):
    words = [*tiny, *VARIANTS["learned"], "--run", tmp_path / "run"]
    do_at(0, 3, lambda: signal.raise_signal(signal.SIGINT))
    assert call(*words).code == 130
    do_at(0, 4, lambda: signal.raise_signal(signal.SIGTERM))
    assert call(*words, "--resume").code == 130
    assert call(*words, "--resume").code == 0
    assert_same(tmp_path / "run", uninterrupted("learned"))


class Killed(BaseException):
    """Ends a run as a power failure would: nobody writes a checkpoint."""


@pytest.mark.parametrize(
    ("variant", "epoch", "step"), [("learned", 1, 3), ("fixed", 2, 1), ("none", 2, 5)]
)
def test_a_killed_run_goes_on_exactly_from_its_last_epoch(
    variant, epoch, step, tiny, call, uninterrupted, do_at, tmp_path
):
    def die() -> None:
        raise Killed

    do_at(epoch, step, die)
    words = [*tiny, *VARIANTS[variant], "--run", tmp_path / "run"]
    with pytest.raises(Killed):
        call(*words)
    (left,) = (tmp_path / "run").glob("checkpoint-*")
    assert left.name == f"checkpoint-{epoch:05d}-0000000"
    assert call(*words, "--resume").code == 0
    assert_same(tmp_path / "run", uninterrupted(variant))


KILLS_ITSELF = """
import os, signal, sys
from polychrony.experiments.cli import main
from polychrony.experiments.training.progress import Progress

add = Progress.add
def add_and_die(self, *arguments):
    add(self, *arguments)
    if (self.epoch, self.step) == (1, 2):
        os.kill(os.getpid(), signal.SIGKILL)

Progress.add = add_and_die
main(sys.argv[1:])
"""


def test_a_process_killed_by_the_system_goes_on_exactly_in_another(
    tiny, call, uninterrupted, tmp_path
):
    words = [*tiny, *VARIANTS["learned"], "--run", str(tmp_path / "run")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", KILLS_ITSELF, *words], env=environment)
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "run" / "checkpoint-00001-0000000").is_dir()
    assert call(*words, "--resume").code == 0
    assert_same(tmp_path / "run", uninterrupted("learned"))


def test_a_run_killed_while_it_wrote_a_checkpoint_takes_the_one_before(
    tiny, call, uninterrupted, do_at, tmp_path
):
    do_at(1, 2, lambda: signal.raise_signal(signal.SIGINT))
    words = [*tiny, *VARIANTS["learned"], "--run", tmp_path / "run"]
    assert call(*words).code == 130
    partial = tmp_path / "run" / ".partial-checkpoint-00002-0000000"
    partial.mkdir()
    (partial / "model.safetensors").write_bytes(b"half a fi")
    assert call(*words, "--resume").code == 0
    assert not partial.exists()
    assert_same(tmp_path / "run", uninterrupted("learned"))


@pytest.mark.slow
def test_who_loads_the_samples_changes_nothing(tiny, call, uninterrupted, do_at, tmp_path):
    do_at(1, 2, lambda: signal.raise_signal(signal.SIGINT))
    words = [*tiny, *VARIANTS["learned"], "--run", tmp_path / "run"]
    assert call(*words).code == 130
    assert call(*words, "--resume", "--workers", 1).code == 0
    resumed = outcome(tmp_path / "run")
    assert resumed["config"]["data"].pop("workers") == 1
    reference = outcome(uninterrupted("learned"))
    assert reference["config"]["data"].pop("workers") == 0
    assert resumed == reference
    left, right = tensors(tmp_path / "run"), tensors(uninterrupted("learned"))
    assert all(torch.equal(value, right[key]) for key, value in left.items())


def test_a_folder_without_a_checkpoint_starts_from_the_beginning(
    tiny, call, uninterrupted, tmp_path
):
    folder = tmp_path / "run"
    folder.mkdir()
    shutil.copy(uninterrupted("learned") / "config.json", folder)
    said = call("train", "shd", "--run", folder, "--resume")
    assert "starting from the beginning" in said.out
    assert_same(folder, uninterrupted("learned"))


def test_a_run_that_stopped_before_its_test_is_only_tested(tiny, call, uninterrupted, tmp_path):
    folder = Path(shutil.copytree(uninterrupted("learned"), tmp_path / "run"))
    (folder / "result.json").unlink()
    (folder / "network.pt").unlink()
    said = call("train", "shd", "--run", folder, "--resume")
    assert said.code == 0
    assert "loss" not in said.out
    assert_same(folder, uninterrupted("learned"))


def test_seeds_decide_everything(tiny, call, uninterrupted, tmp_path):
    assert call(*tiny, *VARIANTS["learned"], "--run", tmp_path / "same").code == 0
    assert_same(tmp_path / "same", uninterrupted("learned"))
    words = [*tiny, *VARIANTS["learned"], "--seed", 1, "--run", tmp_path / "other"]
    assert call(*words).code == 0
    same, other = tensors(tmp_path / "same"), tensors(tmp_path / "other")
    assert not torch.equal(same["readout_synapses.weight"], other["readout_synapses.weight"])


class Counting:
    """A learning rule without an optimiser: guesses class 0 and counts."""

    def __init__(self, network, config, steps_per_epoch):
        self.network = network
        self.steps: list[int] = []
        self.epochs: list[int] = []
        self.steps_per_epoch = steps_per_epoch

    def prepare(self, accelerator):
        self.network = accelerator.prepare(self.network)

    def step(self, x, labels):
        assert self.network.training
        self.steps.append(len(labels))
        return StepResult(torch.tensor(1.5), torch.zeros_like(labels))

    def on_epoch_end(self, epoch):
        self.epochs.append(epoch)


def test_any_learning_rule_can_be_trained(finished, tmp_path):
    run = open_run(finished)
    train, valid = (open_split("shd", run.config, split) for split in ("train", "valid"))
    trainer = Trainer(run.config, train, valid, tmp_path, rule=Counting)
    seen = []
    progress = trainer.run(StopRequest(), lambda p, n: seen.append((p.epoch, p.step, n)), print)
    assert trainer.rule.steps == [8] * 15
    assert trainer.rule.epochs == [0, 1, 2]
    assert trainer.rule.steps_per_epoch == trainer.steps_per_epoch == 5
    assert seen == [(epoch, step, 5) for epoch in range(3) for step in range(1, 6)]
    for record in progress.history:
        assert record["train_loss"] == 1.5
        assert record["train_accuracy"] == 2 / 40
    assert progress.best_epoch == 2


def test_a_batch_that_is_not_full_counts_for_what_it_holds(tiny, call, tmp_path):
    assert call(*tiny, "--batch-size", 32, "--epochs", 1, "--run", tmp_path / "run").code == 0
    (record,) = outcome(tmp_path / "run")["history"]
    assert (record["train_accuracy"] * 40) % 1 == pytest.approx(0, abs=1e-9)


def test_a_network_learns(tiny, call, tmp_path):
    words = ["--epochs", 12, "--hidden", 64, "--dropout", 0, "--channel-shift", 0]
    assert call(*tiny, *words, "--run", tmp_path / "run").code == 0
    history = outcome(tmp_path / "run")["history"]
    assert history[-1]["train_loss"] < 0.7 * history[0]["train_loss"]
    assert history[-1]["train_accuracy"] > 0.5


def test_delays_move_and_stay_in_their_range(uninterrupted):
    (checkpoint,) = uninterrupted("learned").glob("checkpoint-*")
    delay = load_file(checkpoint / "model.safetensors")["hidden.0.synapses.delay"]
    assert delay.min() >= 0 and delay.max() <= 3
    assert not torch.equal(delay, delay.round())
    (checkpoint,) = uninterrupted("fixed").glob("checkpoint-*")
    delay = load_file(checkpoint / "model.safetensors")["hidden.0.synapses.delay"]
    assert torch.equal(delay, delay.round())
