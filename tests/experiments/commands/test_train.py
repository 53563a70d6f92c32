"""`polychrony train`"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from polychrony.datasets.work_folder import unlocked_folder, work_folder
from polychrony.experiments.config import to_dict
from polychrony.experiments.runs import RUNS, open_run
from polychrony.experiments.training.rule import Backprop

PROGRAM = "import sys; from polychrony.experiments.cli import main; sys.exit(main(sys.argv[1:]))"


def result_of(folder: Path) -> dict:
    return json.loads((folder / "result.json").read_text())


def test_the_result_has_stable_names(finished, tiny):
    result = result_of(finished)
    assert result["recipe"] == "shd"
    assert result["epochs"] == 3
    assert result["seed"] == 0
    assert result["samples"] == {"train": 40, "valid": 20, "test": 20}
    assert result["config"] == to_dict(open_run(finished).config)
    assert result["config"]["network"]["hidden"] == [16]
    assert result["epoch_time_s"] == pytest.approx(
        sum(record["epoch_time_s"] for record in result["history"]) / 3
    )
    assert [record["epoch"] for record in result["history"]] == [0, 1, 2]
    best = result["history"][result["best_epoch"] - 1]["valid_accuracy"]
    assert result["valid_accuracy"] == best
    assert best == max(record["valid_accuracy"] for record in result["history"])
    for key in ("test_accuracy", "command", "machine", "versions", "note", "dropped_events"):
        assert key in result
    network = open_run(finished).load_network()
    trained = [p.numel() for p in network.parameters() if p.requires_grad]
    assert result["parameters"] == sum(trained)


def test_a_run_leaves_config_checkpoint_log_network_pictures_and_result(finished):
    assert sorted(path.name for path in finished.iterdir()) == [
        "checkpoint-00003-0000000",
        "config.json",
        "delays.png",
        "network.pt",
        "result.json",
        "tensorboard",
        "training.png",
    ]


def test_tensorboard_shows_every_epoch(finished):
    log = EventAccumulator(str(finished / "tensorboard"))
    log.Reload()
    history = result_of(finished)["history"]
    for key in ("train_loss", "train_accuracy", "valid_accuracy", "epoch_time_s", "spike_rate_Hz"):
        shown = log.Scalars(key)
        assert [event.step for event in shown] == [0, 1, 2]
        assert [event.value for event in shown] == pytest.approx([r[key] for r in history])


def test_watching_the_test_set_changes_nothing_but_what_is_told(tiny, call, finished):
    said = call(*tiny, "--watch-test", "--run", "watched")
    assert said.code == 0
    assert "best on test" in said.out and "chosen by it" in said.out
    watched, other = result_of(Path("watched")), result_of(finished)
    each = [record["test_accuracy"] for record in watched["history"]]
    best = watched["best_on_test"]
    assert best["test_accuracy"] == max(each) == each[best["epoch"] - 1]
    assert each[watched["kept_epoch"] - 1] == watched["test_accuracy"] == other["test_accuracy"]
    assert "best_on_test" not in other and "test_accuracy" not in other["history"][0]


def test_a_tenth_of_the_synapses_counts_and_resumes_as_such(tiny, call, do_at):
    words = [*tiny, "--connectivity", 0.1, "--keep", "last"]
    assert call(*words, "--run", "whole").code == 0
    whole = result_of(Path("whole"))
    synapses = 16 * 7 + 20 * 2  # of 70 inputs and of 16 neurons, for each neuron
    assert whole["parameters"] == 2 * synapses + 2 * 16
    network = open_run(Path("whole")).load_network()
    assert [int((layer.weight != 0).sum()) for layer in network.delayed_layers] == [112, 40]
    do_at(1, 2, lambda: signal.raise_signal(signal.SIGINT))
    assert call(*words, "--run", "parts").code == 130
    assert call("train", "shd", "--resume", "--run", "parts").code == 0
    parts = result_of(Path("parts"))
    losses = [[each["train_loss"] for each in run["history"]] for run in (whole, parts)]
    assert losses[0] == losses[1]


def test_adaptive_neurons_and_delays_within_layers_train_and_are_no_chips(tiny, call):
    words = [*tiny, "--neurons", "adlif", "--recurrent-ms", 30, "--dt-ms", 10, "--run", "more"]
    assert call(*words).code == 0
    trained = open_run(Path("more")).load_network()
    assert [layer.max_delay for layer in trained.feedback_layers] == [2]  # and the step itself
    said = call("cosim", "more", "--chip", "loihi")
    assert said.code == 2 and said.err.count("\n") == 1
    assert "hidden1: AdLIF has no place in a graph" in said.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--neurons", "adlif", "--weight-bits", 4], "only lif has a form in whole numbers"),
        (["--neurons", "adlif", "--architecture", "blocks"], "of the network with delays"),
        (["--recurrent-ms", 15], "--recurrent-ms is 15.0 ms; it must be a multiple"),
        (["--adaptation", -1], "--adaptation is -1.0; it cannot be negative"),
    ],
)
def test_neurons_that_do_not_fit_are_refused_in_one_line(tiny, call, words, told):
    said = call(*tiny, "--dt-ms", 10, *words)
    assert said.code == 2 and said.err.count("\n") == 1
    assert told in said.err


def test_runs_get_the_first_free_name(tiny, call):
    for name in ("shd", "shd-2"):
        said = call(*tiny, "--epochs", 1)
        assert said.code == 0
        assert str(RUNS / name) in said.out
        assert (RUNS / name / "result.json").is_file()


def test_a_finished_run_resumes_to_nothing(call, finished):
    before = (finished / "result.json").read_bytes()
    said = call("train", "shd", "--run", finished, "--resume")
    assert said.code == 0
    assert "finished already" in said.out
    assert (finished / "result.json").read_bytes() == before


def test_resuming_a_finished_run_removes_what_a_killed_process_left(call, finished):
    left = unlocked_folder(finished, "result.json")
    (left / "result.json").write_text("half")
    with work_folder(finished, "network.pt") as busy:
        assert call("train", "shd", "--run", finished, "--resume").code == 0
        assert busy.is_dir()
    assert not left.exists()


@pytest.fixture
def stopped(tiny, call, do_at) -> Path:
    """A run stopped in its first epoch, in the default folder."""
    do_at(0, 2, lambda: signal.raise_signal(signal.SIGINT))
    said = call(*tiny)
    assert said.code == 130
    assert said.err == (
        "polychrony: stopped in epoch 1 of 3, step 2; "
        "continue with: polychrony train shd --run runs/shd --resume\n"
    )
    return RUNS / "shd"


def test_the_command_that_is_told_continues_the_run(stopped, call, finished):
    assert call("train", "shd", "--run", "runs/shd", "--resume").code == 0
    assert result_of(stopped)["config"] == result_of(finished)["config"]
    assert result_of(stopped)["test_accuracy"] == result_of(finished)["test_accuracy"]


def test_without_a_folder_the_newest_run_is_continued(stopped, call):
    (RUNS / "shd-2").mkdir()
    shutil.copy(stopped / "config.json", RUNS / "shd-2")
    said = call("train", "shd", "--resume")
    assert "runs/shd-2 holds no checkpoint; starting from the beginning" in said.out
    assert not (stopped / "result.json").exists()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--hidden", "17"], ["--hidden"]),
        (["--epochs=4", "--batch_size", "4"], ["--epochs", "--batch-size"]),
        (["--delays", "fixed"], ["--delays"]),
        (["--seed", "1"], ["--seed"]),
    ],
)
def test_other_options_cannot_be_resumed(words, named, stopped, call):
    before = sorted(path.name for path in stopped.iterdir())
    said = call("train", "shd", "--run", stopped, "--resume", *words)
    assert said.is_one_error("was started with other values of " + ", ".join(named))
    assert sorted(path.name for path in stopped.iterdir()) == before


def test_options_that_repeat_those_of_the_run_can_be_resumed(stopped, call):
    words = ["--hidden", 16, "--epochs", 3, "--dt-ms", "20.0", "--valid-speakers", 6]
    assert call("train", "shd", "--run", stopped, "--resume", *words).code == 0


def test_data_that_moved_can_be_resumed_from(stopped, call, shd_files, tmp_path, finished):
    for name in ("shd_train.h5", "shd_test.h5"):
        shutil.copy(shd_files / name, tmp_path)
    said = call("train", "shd", "--run", stopped, "--resume", "--root", tmp_path)
    assert said.code == 0, said.err
    assert result_of(stopped)["test_accuracy"] == result_of(finished)["test_accuracy"]


def test_other_data_cannot_be_resumed_from(stopped, call, shd_files, tmp_path):
    shutil.copy(shd_files / "shd_test.h5", tmp_path / "shd_train.h5")
    shutil.copy(shd_files / "shd_train.h5", tmp_path / "shd_test.h5")
    content = json.loads((stopped / "config.json").read_text())
    content["data"]["valid_speakers"] = []
    (stopped / "config.json").write_text(json.dumps(content))
    said = call("train", "shd", "--run", stopped, "--resume", "--root", tmp_path)
    assert said.is_one_error("no samples")


def test_fewer_samples_cannot_be_resumed_from(stopped, call):
    content = json.loads((stopped / "config.json").read_text())
    content["data"]["valid_speakers"] = [3, 6]
    (stopped / "config.json").write_text(json.dumps(content))
    said = call("train", "shd", "--run", stopped, "--resume")
    assert said.is_one_error("learns from 40 samples", "now holds 20")


def test_there_must_be_something_to_resume(call, finished, tmp_path):
    assert call("train", "shd", "--resume").is_one_error("no run to resume", "--run FOLDER")
    said = call("train", "shd", "--resume", "--run", tmp_path)
    assert said.is_one_error("not a run folder")
    said = call("train", "ssc", "--resume", "--run", finished)
    assert said.is_one_error("a run of shd, not of ssc")


def test_a_folder_that_is_not_empty_is_refused_untouched(tiny, call, tmp_path):
    (tmp_path / "thesis.tex").write_text("all of it")
    said = call(*tiny, "--run", tmp_path)
    assert said.is_one_error("exists already", "--resume", "--run")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_folder_that_cannot_be_made_is_refused_before_the_work(tiny, call, tmp_path):
    (tmp_path / "file").touch()
    said = call(*tiny, "--run", "file/run")
    assert said.is_one_error("file is not a folder", "choose another place")
    assert said.out == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--root", "nowhere"], ["shd_train.h5", "nowhere", "--root"]),
        (["--valid-speakers"], ["valid split", "--valid-speakers"]),
        (["--valid-speakers", "5"], ["[5]", "[0, 3, 6]"]),
        (["--valid-speakers", "0", "3", "6"], ["nobody"]),
        (["--pool", "699"], ["699"]),
        (["--dt-ms", "30"], ["--duration-ms", "multiple of --dt-ms 30"]),
        (["--max-delay-ms", "50"], ["--max-delay-ms", "multiple"]),
        (["--tau-mem-ms", "5"], ["tau"]),
        (["--lr", "nan"], ["--lr"]),
        (["--hidden", "0"], ["--hidden"]),
        (["--seed", "-1"], ["--seed"]),
        (["--lr", "1e30", "--epochs", "2"], ["loss", "lower --lr"]),
    ],
)
def test_bad_input_is_told_in_one_line_and_leaves_nothing(words, told, tiny, call, tmp_path):
    assert call(*tiny, *words, "--run", "run").is_one_error(*told)
    assert not list(tmp_path.iterdir())


def test_a_truncated_file_leaves_nothing(tiny, call, shd_files, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(shd_files, data)
    whole = (data / "shd_test.h5").read_bytes()
    (data / "shd_test.h5").write_bytes(whole[: len(whole) // 3])
    said = call(*tiny, "--root", data, "--run", "run")
    assert said.is_one_error("shd_test.h5", "HDF5")
    assert not Path("run").exists()


def test_memory_that_is_short_is_told_in_one_line(tiny, call, monkeypatch):
    def step(self: object, x: object, labels: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate\n2 GiB")

    monkeypatch.setattr(Backprop, "step", step)
    assert call(*tiny).is_one_error("--batch-size")
    assert not list(RUNS.iterdir())


def test_a_crash_after_the_first_epoch_keeps_the_checkpoint(tiny, call, do_at):
    def crash() -> None:
        raise RuntimeError("a bug")

    do_at(1, 1, crash)
    with pytest.raises(RuntimeError, match="a bug"):
        call(*tiny)
    assert (RUNS / "shd" / "checkpoint-00001-0000000").is_dir()


def test_a_second_ctrl_c_stops_at_once(tiny, call, do_at):
    def twice() -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    do_at(1, 2, twice)
    said = call(*tiny)
    assert said.code == 130
    assert "at once" in said.err and "--resume" in said.err
    assert (RUNS / "shd" / "checkpoint-00001-0000000").is_dir()


def test_ctrl_c_while_testing_is_made_up_for_later(tiny, call, finished, monkeypatch):
    def stopped(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("polychrony.experiments.commands.train.evaluate", stopped)
        said = call(*tiny)
    assert said.code == 130
    assert "polychrony train shd --run runs/shd --resume" in said.err
    assert call("train", "shd", "--resume").code == 0
    assert result_of(RUNS / "shd")["test_accuracy"] == result_of(finished)["test_accuracy"]


@contextmanager
def training(words: list[str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process with a session of its own, once its run has any checkpoint."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "error"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command = [sys.executable, "-c", PROGRAM, *words]
    with subprocess.Popen(
        command, text=True, env=environment, start_new_session=True, **pipes
    ) as process:
        try:
            deadline = time.monotonic() + 60
            while not list(folder.glob("checkpoint-*")) and time.monotonic() < deadline:
                assert process.poll() is None, process.communicate()
                time.sleep(0.1)
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=pytest.mark.slow)])
def test_ctrl_c_in_a_terminal(workers, tiny, call, tmp_path):
    words = [*tiny, "--epochs", "2000", "--workers", str(workers), "--run", "run"]
    with training(words, tmp_path / "run") as process:
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err.startswith("polychrony: stopped in epoch")
    assert len(err.splitlines()) == 1
    (checkpoint,) = (tmp_path / "run").glob("checkpoint-*")
    assert not checkpoint.name.endswith("-0000000")
    assert not (tmp_path / "run" / "result.json").exists()


@pytest.mark.slow
def test_two_processes_train_one_network(tiny, call, tmp_path):
    words = [*tiny, "--epochs", "2", "--batch-size", "8"]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    torchrun += ["--nproc-per-node", "2", "--", "-m", "polychrony.experiments.cli"]
    done = subprocess.run([*torchrun, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in RUNS.iterdir()] == ["shd"]
    assert done.stdout.count("test accuracy") == done.stdout.count("epoch   1/2") == 1
    checkpoint = RUNS / "shd" / "checkpoint-00002-0000000"
    assert len(list(checkpoint.glob("random_states_*.pkl"))) == 2
    for record in result_of(RUNS / "shd")["history"]:
        assert (record["train_accuracy"] * 40) % 1 == pytest.approx(0, abs=1e-9)
    numbers = json.loads(call("evaluate", RUNS / "shd", "--json", "-").out)
    assert numbers["accuracy"] == result_of(RUNS / "shd")["test_accuracy"]
