"""`polychrony budget`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from polychrony.experiments.errors import Interrupted


@pytest.fixture
def asked(shd_files):
    options = "--valid-speakers 6 --duration-ms 200 --pool 10 --channel-shift 1 "
    options += "--max-delay-ms 60 --tau-mem-ms 30 --hidden 8 --epochs 1 --batch-size 16 --bits 8"
    return ["budget", "shd", "--root", shd_files, *options.split()]


def test_bits_are_spent_in_every_way_and_then_by_layer(asked, call, tmp_path):
    ways = ["--only", "4/1/2", "2/2/2", "1/1/8"]
    out = ["--json", tmp_path / "b.json", "--plot", tmp_path / "b.svg", "--run", tmp_path / "runs"]
    said = call(*asked, *ways, "--trials", 2, *out)
    assert said.code == 0, said.err
    told = json.loads((tmp_path / "b.json").read_text())
    labels = [row["label"] for row in told["rows"]]
    assert labels[:3] == told["alike"] == ["4/1/2", "2/2/2", "1/1/8"] and len(labels) == 5
    by_label = {row["label"]: row for row in told["rows"]}
    limit = by_label[told["sensitivity"]["at_most"]]["s_ace"]
    for row in told["rows"][3:]:
        assert row["s_ace"] <= limit
    assert set(told["sensitivity"]["by_steps"]) == {"2", "8"}
    best = max(told["rows"], key=lambda row: (row["valid_accuracy_mean"], -row["s_ace"]))
    assert told["chosen"] == best["label"]
    assert any(row["pareto"] for row in told["rows"])
    first = by_label["4/1/2"]
    macs = 70 * 8 + 8 * 20
    assert first["bit_budget"] == 8 and first["dt_s"] == pytest.approx(0.1)
    expected = 2 * 4 * (70 * 8 * first["input_bits"] + 8 * 20)
    assert first["s_ace"] == expected >= 8 * macs
    assert 0 < first["ns_ace"] < first["s_ace"]
    assert (tmp_path / "b.svg").is_file()


def test_the_same_command_goes_on_where_it_stopped(asked, call, tmp_path, monkeypatch):
    from polychrony.experiments.commands import budget as command

    ways = ["--only", "4/1/2", "2/2/2", "--trials", 1, "--run", tmp_path / "runs"]
    train, trained = command.train, []

    def once(recipe, config, folder, *rest, **options):
        if trained:
            raise Interrupted("stopped")
        trained.append(Path(folder))
        return train(recipe, config, folder, *rest, **options)

    monkeypatch.setattr(command, "train", once)
    said = call(*asked, *ways)
    assert said.code == 130 and "the same command goes on" in said.err
    monkeypatch.setattr(command, "train", train)
    assert call(*asked, *ways, "--json", tmp_path / "a.json").code == 0
    result = tmp_path / "runs" / "4_1_2" / "seed-0" / "result.json"
    written = result.stat().st_mtime_ns
    assert call(*asked, *ways, "--json", tmp_path / "b.json").code == 0
    assert result.stat().st_mtime_ns == written
    first, second = (json.loads((tmp_path / f"{x}.json").read_text()) for x in "ab")
    assert first["rows"] == second["rows"] and len(first["rows"]) == 3
    other = [word if word != "16" else "8" for word in asked]
    assert call(*other, *ways).is_one_error("--batch-size", "choose another folder with --run")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--seeds", 0], "--seeds is 0"),
        (["--trials", -1], "--trials is -1"),
        (["--only", "4/2/4"], "spends 32 bits"),
        (["--plot", "b.jpeg"], "must end in .png, .svg, .pdf"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_written(asked, call, tmp_path, words, told):
    assert call(*asked, *words, "--run", tmp_path / "runs").is_one_error(told)
    assert not (tmp_path / "runs").exists()


def test_bits_of_maps_are_spent_in_every_way_and_then_by_layer(nmnist_file, call, tmp_path):
    options = "--size 12 --layers 4C3-P2-6C3S2-P2-8R --epochs 1 --batch-size 16 --bits 8"
    asked = ["budget", "nmnist", "--root", nmnist_file, *options.split(), "--trials", 2]
    out = ["--json", tmp_path / "b.json", "--run", tmp_path / "runs"]
    said = call(*asked, "--only", "4/1/2", "2/2/2", *out)
    assert said.code == 0, said.err
    told = json.loads((tmp_path / "b.json").read_text())
    assert [row["label"] for row in told["rows"]][:2] == ["4/1/2", "2/2/2"]
    assert len(told["rows"]) == 4 and set(told["sensitivity"]["by_steps"]) == {"2"}
    found = told["sensitivity"]["by_steps"]["2"]
    assert [len(found["weights"]), len(found["spikes"])] == [4, 3]
    first, second = told["rows"][:2]
    assert first["dt_s"] == pytest.approx(0.15) and first["max_delay_steps"] == 0
    # Synapses that borders leave: 34 = 3 * 12 - 2 per axis of 12, and 8 of 9 with stride 2 on 6.
    macs = 2 * 4 * 34**2, 4 * 6 * 8**2, 6 * 8, 8 * 8
    bits = first["input_bits"]
    expected = 2 * 4 * (macs[0] * bits + macs[1] + macs[2] + 8 * 8 + macs[3])
    assert first["s_ace"] == expected
    assert second["s_ace"] == 2 * 2 * (macs[0] * bits + 2 * (macs[1] + macs[2] + 8 * 8 + macs[3]))
    assert all(0 < row["ns_ace"] < row["s_ace"] for row in told["rows"])
    said = call(*asked, "--only", "4/1/2", "2/2/2", *out)
    again = json.loads((tmp_path / "b.json").read_text())
    assert said.code == 0 and again["rows"] == told["rows"]


@pytest.mark.parametrize("option", ["--hidden", "--rule", "--weight-bits", "--delays"])
def test_blocks_have_no_options_that_would_change_nothing(call, option):
    assert call("budget", "nmnist", option, 4).is_one_error(option)


def test_images_are_spent_on_as_events_are(call, tmp_path):
    options = "--still --samples 40 --hidden 8 --epochs 1 --bits 4 --trials 0 --only 1/1/4 1/4/1"
    out = ["--json", tmp_path / "b.json", "--run", tmp_path / "runs"]
    said = call("budget", "digits", *options.split(), "--delays", "none", *out)
    assert said.code == 0, said.err
    rows = json.loads((tmp_path / "b.json").read_text())["rows"]
    assert [row["input_bits"] for row in rows] == [5, 5]
    assert rows[0]["s_ace"] == 4 * (64 * 8 * 5 + 8 * 10)
    assert rows[1]["s_ace"] == 64 * 8 * 5 + 8 * 10 * 4
