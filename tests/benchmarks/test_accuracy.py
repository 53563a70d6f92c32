"""docs/results.md: made from finished runs, each with the command that makes it again."""

from __future__ import annotations

import dataclasses
import json
import math
import shlex

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchmarks import accuracy
from benchmarks.accuracy_page import page
from benchmarks.accuracy_row import command_of
from benchmarks.intervals import Interval, apart, interval
from polychrony.experiments.cli import main as polychrony
from polychrony.experiments.config import to_dict
from polychrony.experiments.recipes import RECIPES

MACHINE = {"processor": "P", "cores": 2, "torch_threads": 1, "gpus": [], "system": "Linux"}


def _run(folder, seed, tested, **options):
    config = RECIPES["shd"]()
    training = dataclasses.replace(config.training, epochs=30, seed=seed, keep="last")
    network = dataclasses.replace(config.network, **options)
    config = dataclasses.replace(config, training=training, network=network)
    best = {"test_accuracy": tested + 0.01, "epoch": 27, "note": ""}
    result = {"recipe": "shd", "seed": seed, "epochs": 30, "kept_epoch": 30, "commit": "abcdef012"}
    result |= {"test_accuracy": tested, "valid_accuracy": 0.9, "best_on_test": best}
    result |= {"parameters": 214_016, "epoch_time_s": 20.0, "spike_rate_Hz": [5.0], "samples": {}}
    result |= {"machine": MACHINE | {"python": "3.11"}, "config": to_dict(config)}
    result["versions"] = {"torch": "2", "numba": "1"}
    folder.mkdir()
    (folder / "result.json").write_text(json.dumps(result))
    return folder


@pytest.fixture
def kept(tmp_path):
    folder = tmp_path / "kept"
    for seed, (none, learned) in enumerate([(0.70, 0.90), (0.72, 0.92), (0.71, 0.91)]):
        for row, kind, tested in (("none", "none", none), ("learned", "learned", learned)):
            run = _run(tmp_path / f"{kind}-{seed}", seed, tested, delays=kind)
            accuracy.keep(run, "delays", f"dense, {row}", to=folder)
    return folder


@given(st.lists(st.floats(0, 1), min_size=2, max_size=9))
def test_the_interval_is_that_of_students_t(values):
    found = interval(values)
    assert math.isclose(found.mean, np.mean(values), abs_tol=1e-12)
    scale = stats.sem(values)
    if scale > 1e-9:
        low, high = stats.t.interval(0.95, len(values) - 1, np.mean(values), scale)
        assert (found.low, found.high) == pytest.approx((low, high))


def test_one_seed_has_no_interval_and_is_compared_with_nothing():
    assert interval([0.5]) == Interval(0.5, None)
    assert apart(interval([0.5]), interval([0.8, 0.9])) is None


def test_intervals_that_touch_are_not_apart():
    assert apart(Interval(1, 0.5), Interval(2, 0.5)) is False
    assert apart(Interval(1, 0.5), Interval(2.1, 0.5)) is True


def test_the_page_tells_both_protocols_with_their_intervals(kept):
    text = page(accuracy.load(kept))
    half = 100 * stats.t.ppf(0.975, 2) * 0.01 / math.sqrt(3)
    assert f"| 91.00 ± {half:.2f} % | 92.00 ± {half:.2f} % |" in text
    assert "| dense, none | dense, learned | +20.00 | apart |" in text
    assert "| sparse, learned |  | not run |" in text


def test_every_run_has_its_command_and_no_folder_of_ours(kept, tmp_path):
    text = page(accuracy.load(kept))
    command = "polychrony train shd --root FOLDER --delays none --epochs 30 --seed 2 --keep last"
    assert f"`{command}`" in text and "`abcdef0`" in text
    assert str(tmp_path) not in text


@pytest.mark.parametrize("recipe", ["digits", "shd", "nmnist"])
def test_the_command_makes_the_same_configuration(recipe, monkeypatch):
    config = RECIPES[recipe]()
    changed = dataclasses.replace(
        config,
        data=dataclasses.replace(config.data, partial=True, channel_shift=2),
        network=dataclasses.replace(config.network, hidden=(32, 16), connectivity=0.1),
        training=dataclasses.replace(config.training, watch_test=True, lr=0.002),
    )
    made = []
    monkeypatch.setattr(
        "polychrony.experiments.commands.train.train",
        lambda recipe, config, *rest, **more: made.append((recipe, config)),
    )
    words = shlex.split(command_of(recipe, changed).replace("FOLDER", str(config.data.root)))
    assert polychrony(words[1:]) == 0
    assert made[0] == (recipe, changed)


def test_what_cannot_be_kept_is_told_in_one_line(tmp_path, capsys):
    run = _run(tmp_path / "run", 0, 0.5)
    for words, told in (
        (["keep", str(run), "--table", "none", "--row", "x"], "--table is 'none'; use one of"),
        (["keep", str(run), "--table", "delays", "--row", "x"], "table delays has dense, none;"),
        (["keep", str(tmp_path), "--table", "paper", "--row", "none"], "result.json"),
    ):
        assert accuracy.main(words) == 2
        said = capsys.readouterr().err
        assert told in said and said.count("\n") == 1


def test_the_committed_page_is_what_the_results_make_it():
    if not accuracy.PAGE.exists():
        pytest.fail("docs/results.md is missing; run python -m benchmarks.accuracy page")
    assert accuracy.main(["page", "--check"]) == 0
