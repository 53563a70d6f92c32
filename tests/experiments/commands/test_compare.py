"""`polychrony compare`"""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import matplotlib.image
import pytest
import torch

from polychrony.experiments.comparison.options import CompareOptions, SharedBlocks
from polychrony.experiments.comparison.plan import plan
from polychrony.experiments.config import RuleName
from polychrony.experiments.evaluation import evaluate
from polychrony.experiments.recipes import with_rule
from polychrony.experiments.runs import RUNS, open_run

KEYS = [
    "rule",
    "accuracy_mean",
    "accuracy_std",
    "peak_memory_bytes",
    "time_per_sample_s",
    "macs_forward",
    "macs_signal",
    "macs_update",
]
FOLDER = RUNS / "compare-shd"


@pytest.fixture(scope="session")
def words(shd_files) -> list[str]:
    """A comparison whose runs take a quarter of a second: 40 samples, 16 neurons, 10 steps."""
    options = "--valid-speakers 6 --dt-ms 20 --duration-ms 200 --pool 10 --channel-shift 1 "
    options += "--layers 16 --epochs 2 --batch-size 8 --lr 0.02 --first-step 2"
    return ["compare", "shd", "--root", str(shd_files), *options.split()]


@pytest.fixture(scope="session")
def done(words, train, tmp_path_factory) -> Path:
    """Folder of a finished comparison of three rules; not to be written to."""
    place = tmp_path_factory.mktemp("compared")
    rules = "bptt,tess,lr=0.01,eprop"
    target, picture = str(place / "rows.json"), str(place / "rows.png")
    run = ["--run", str(place / "runs"), "--json", target, "--plot", picture]
    train([*words, "--rules", rules, "--seeds", "2", *run])
    return place


def rows_of(place: Path) -> list[dict]:
    return json.loads((place / "rows.json").read_text())


def test_a_row_for_each_rule(done):
    rows = rows_of(done)
    assert [row["rule"] for row in rows] == ["bptt", "tess,lr=0.01", "eprop"]
    for row in rows:
        assert list(row)[: len(KEYS)] == KEYS
        low, high = sorted(row["accuracies"])
        assert row["accuracy_mean"] == pytest.approx((low + high) / 2)
        assert row["accuracy_std"] == pytest.approx((high - low) / 2**0.5)
        assert row["seeds"] == [0, 1] and row["epochs"] == 2 and row["recipe"] == "shd"
        assert row["peak_memory_bytes"] > 4 * row["parameters"]  # gradients are the least
        assert 0 < row["time_per_sample_s"] < 10
        assert row["samples"] == {"train": 40, "valid": 20, "test": 20}
    assert len({row["peak_memory_bytes"] for row in rows}) == 3


def test_work_is_counted_for_each_part(done):
    rows = {row["name"]: row for row in rows_of(done)}
    inputs, hidden, classes, steps, learned = 70, 16, 20, 10, 8
    products = inputs * hidden + hidden * classes
    assert {row["macs_forward"] for row in rows.values()} == {steps * products}
    assert rows["tess"]["macs_signal"] == learned * 2 * hidden * classes
    assert rows["tess"]["macs_update"] == learned * (2 * inputs * hidden + hidden * classes)
    assert rows["eprop"]["macs_signal"] == learned * hidden * classes
    assert rows["bptt"]["macs_signal"] == learned * hidden * classes
    assert rows["bptt"]["macs_signal_paper"] == steps * hidden * classes


def test_runs_are_ordinary_and_keep_the_last_epoch(done, call):
    for row in rows_of(done):
        for seed, folder in enumerate(row["runs"]):
            run = open_run(Path(folder))
            result = json.loads(run.result_path.read_text())
            assert run.config.training.seed == seed
            assert run.config.blocks.rule == row["name"] and run.config.blocks.first_step == 2
            assert run.config.training.lr == row["options"].get("lr", 0.02)
            assert result["kept_epoch"] == 2
            assert result["valid_accuracy"] == result["history"][-1]["valid_accuracy"]
            (checkpoint,) = run.folder.glob("checkpoint-00002-*")
            assert checkpoint.is_dir()
    told = json.loads(call("evaluate", row["runs"][0], "--json", "-").out)
    assert told["accuracy"] == row["accuracies"][0]


def test_the_picture_shows_something(done):
    picture = matplotlib.image.imread(done / "rows.png")
    assert picture.shape[1] > 900 and picture.std() > 0.05


def times(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*")) if path.is_file()}


def test_what_is_there_is_not_run_again(done, words, call, tmp_path):
    folder = shutil.copytree(done / "runs", tmp_path / "runs")
    before = times(folder)
    rules = ["--rules", "bptt,tess,lr=0.01,eprop"]
    said = call(*words, *rules, "--run", folder, "--seeds", 2, "--json", "-")
    assert said.code == 0, said.err
    assert "6 of 6 runs are there already" in said.err and "epoch   1/2" not in said.err
    assert times(folder) == before
    shown = [[row[key] for key in KEYS] for row in json.loads(said.out)]
    assert shown == [[row[key] for key in KEYS] for row in rows_of(done)]
    said = call(*words, "--rules", "eprop,ottt", "--run", folder, "--seeds", 1, "--json", "-")
    assert "1 of 2 runs are there already" in said.err
    known, new = json.loads(said.out)
    assert known["accuracies"] == rows_of(done)[2]["accuracies"][:1]
    assert known["accuracy_std"] is None and new["rule"] == "ottt"
    assert {path: time for path, time in times(folder).items() if path in before} == before


def test_a_stopped_comparison_goes_on_to_the_same_numbers(done, words, call, do_at):
    do_at(1, 3, lambda: signal.raise_signal(signal.SIGINT))
    two = [*words, "--rules", "tess,lr=0.01,eprop", "--seeds", "1"]
    said = call(*two)
    assert said.code == 130
    assert said.err == "polychrony: stopped; the same command goes on with the comparison\n"
    (checkpoint,) = (FOLDER / "tess,lr=0.01" / "seed-0").glob("checkpoint-*")
    assert checkpoint.name == "checkpoint-00001-0000003"
    said = call(*two, "--json", "rows.json")
    assert said.code == 0, said.err
    assert "epoch   1/2" not in said.out.split("eprop, seed 0")[0]
    expected = [row["accuracies"][:1] for row in rows_of(done)[1:]]
    assert [row["accuracies"] for row in rows_of(Path())] == expected


def test_ctrl_c_while_a_run_ends_stops_before_the_next(words, call, monkeypatch):
    def stop_in_validation(*arguments, **options):
        signal.raise_signal(signal.SIGINT)
        return evaluate(*arguments, **options)

    monkeypatch.setattr("polychrony.experiments.training.trainer.evaluate", stop_in_validation)
    said = call(*words, "--epochs", 1, "--rules", "ottt,eprop", "--seeds", 1)
    assert said.code == 130
    assert (FOLDER / "ottt" / "seed-0" / "result.json").is_file()
    assert not (FOLDER / "eprop" / "seed-0").exists()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (["--epochs", "3"], "--epochs 2 (now 3)"),
        (["--layers", "17"], "--layers 16 (now 17)"),
        (["--lr", "0.03", "--samples", "8"], "--samples 0 (now 8), --lr 0.02 (now 0.03)"),
    ],
)
def test_other_options_are_refused(changed, told, done, words, call):
    before = times(done)
    run = ["--run", done / "runs", "--rules", "bptt"]
    said = call(*words, *run, *changed)
    assert said.is_one_error(f"was started with {told}; ask for the same, or choose another folder")
    assert times(done) == before


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--seeds", "0"], "--seeds is 0"),
        (["--rules", "tess,magic"], "'magic' is no rule"),
        (["--rules", "tess,alpha_post=2"], "--alpha-post is 2.0; use -1, 0 or 1"),
        (["--layers", "16-P2"], "pooling follows maps"),
        (["--samples", "-1"], "--samples is -1"),
        (["--json", "."], "it is a folder"),
        (["--plot", "."], "must end in .png, .svg, .pdf"),
        (["--plot", "file/a.png"], "is not a folder"),
        (["--run", "file"], "is not a folder"),
        (["--root", "nowhere"], "no shd_train.h5 in nowhere"),
    ],
)
def test_bad_input_is_told_in_one_line_before_the_work(given, told, words, call):
    Path("file").write_text("")
    assert call(*words, *given).is_one_error(told)
    assert not RUNS.exists() or not list(RUNS.rglob("config.json"))


def test_a_folder_of_something_else_is_refused(words, call):
    place = Path("runs/compare-shd/tess/seed-0")
    place.mkdir(parents=True)
    (place / "notes.txt").write_text("mine")
    assert call(*words).is_one_error("seed-0 is not a run folder")


@pytest.mark.parametrize("rule", RuleName.__args__)
def test_a_rule_without_options_is_that_of_its_recipe(rule):
    (entry,) = plan(CompareOptions("digits", rules=rule, blocks=SharedBlocks(), seeds=1))
    assert entry.config.blocks == with_rule("digits", rule).blocks


def test_samples_are_drawn_once_for_all_rules(words, call):
    said = call(*words, "--samples", 15, "--rules", "tess,ottt", "--seeds", 1, "--json", "-")
    assert said.code == 0, said.err
    for row in json.loads(said.out):
        assert row["samples"] == {"train": 15, "valid": 15, "test": 15}
        assert row["batch_size"] == 8
    weights = torch.load(FOLDER / "tess" / "seed-0" / "network.pt", weights_only=True)
    assert weights["n_classes"] == 20  # classes are those of the data, drawn or not


def test_a_launcher_of_many_processes_is_refused(words, call, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert call(*words).is_one_error("runs in one process")
