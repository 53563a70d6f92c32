"""The page of scaling holds the tables that its anchors make."""

from __future__ import annotations

import json
import shutil

import pytest

from benchmarks.pages import filled
from benchmarks.planning import anchors, tables
from benchmarks.planning.__main__ import PAGE, main
from benchmarks.planning.measured_processes import GLOBAL_BATCH, WAYS, config_of
from benchmarks.report import RESULTS, load
from polychrony.experiments.errors import UserError
from polychrony.experiments.validation import validate


def test_the_page_is_what_the_anchors_make_it(capsys):
    assert main(["--check"]) == 0, capsys.readouterr().err


def test_a_page_that_was_changed_is_told_and_mended(tmp_path, capsys):
    page = tmp_path / "scaling.md"
    page.write_text(PAGE.read_text().replace("| 10,000,000 |", "| 10,000,001 |"))
    assert main(["--check", "--page", str(page)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("benchmarks.planning: error: ") and "--check" in line
    assert main(["--page", str(page)]) == 0
    assert page.read_text() == PAGE.read_text()
    assert tables.chip_plan() in capsys.readouterr().out


def test_memory_is_within_30_percent_of_all_anchors_but_the_one_that_is_explained():
    off = []
    for row in anchors.read("training")["rows"]:
        layers = tables.layers_of(row["kind"], row["width"])
        found = sum(tables.memory(layers, tables._run(row)).values())
        if not 0.7 <= found / row["bytes"] <= 1.3:
            off.append((row["kind"], row["width"], row["batch"]))
    assert set(off) <= {("conv", 16, 8)}


def test_first_losses_do_not_depend_on_how_samples_are_divided():
    losses = [row["losses"] for row in anchors.read("processes")["rows"]]
    assert len(losses) == len(WAYS)
    assert len({each[0] for each in losses}) == 1


@pytest.mark.parametrize("processes", [1, 2])
def test_processes_train_what_the_command_line_would(processes):
    config = config_of(GLOBAL_BATCH // processes)
    validate(config)
    assert config.training.batch_size * processes == GLOBAL_BATCH
    assert config.network.dropout == 0


@pytest.mark.parametrize("page", ["", "<!-- table: a -->\n<!-- end of table -->" * 2])
def test_a_page_must_hold_every_table_once(page):
    with pytest.raises(UserError, match="each table once"):
        filled(page, {"a": lambda: "| 1 |"})


def test_tables_are_put_between_their_lines():
    page = "Before.\n\n<!-- table: a -->\nold\n<!-- end of table -->\n\nAfter.\n"
    wanted = "Before.\n\n<!-- table: a -->\n\n| 1 |\n\n<!-- end of table -->\n\nAfter.\n"
    assert filled(page, {"a": lambda: "| 1 |"}) == wanted
    assert filled(wanted, {"a": lambda: "| 1 |"}) == wanted


def test_anchors_are_written_and_read(tmp_path, monkeypatch):
    monkeypatch.setitem(anchors.ANCHORS, "chips", lambda: [{"chips": 1}])
    anchors.measure("chips", tmp_path)
    assert anchors.read("chips", tmp_path)["rows"] == [{"chips": 1}]
    (tmp_path / "chips.json").write_text(json.dumps({"format": 0}))
    with pytest.raises(UserError, match="measure it again"):
        anchors.read("chips", tmp_path)
    with pytest.raises(UserError, match="--measure training"):
        anchors.read("training", tmp_path)


def test_the_report_of_other_benchmarks_does_not_mind(tmp_path):
    shutil.copytree(RESULTS, tmp_path / "results")
    assert anchors.FOLDER.parent == RESULTS
    assert "planning" not in {content["benchmark"] for content in load(tmp_path / "results")}


@pytest.mark.parametrize(
    ("value", "told"),
    [(150e3, "0.15 MB"), (2.5e9, "2.5 GB"), (150e9, "150 GB"), (2e16, "20,000 TB")],
)
def test_bytes_are_told_with_three_digits(value, told):
    assert tables.size(value) == told


def test_long_times_are_told_in_hours():
    assert tables.took(3600 * 50) == "50 h"
    assert tables.took(2.0) == "2.00 s"
