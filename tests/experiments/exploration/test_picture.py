from __future__ import annotations

import re

import matplotlib.image
import pytest

from polychrony.experiments.exploration.objectives import choose
from polychrony.experiments.exploration.picture import save_front
from polychrony.experiments.exploration.records import Record, pareto_front

NAMES = ["energy", "latency", "accuracy", "memory"]


def tried(count):
    made = []
    for k in range(count):
        measured = {"energy": 1e-6 * (k + 1), "latency": 1e-3 / (k + 1) ** 2, "memory": 3e6}
        made.append(Record(k, {"buffer": k}, {**measured, "accuracy": 1 - 0.01 * k}, "", None, 0.1))
    return [*made, Record(count, {"buffer": 99}, {}, "too small", None, 0.1)]


def texts(path):
    """What an SVG says: matplotlib keeps each text as a comment beside its outlines."""
    return re.findall(r"<!-- (.*?) -->", path.read_text())


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_every_pair_of_objectives_has_a_panel_with_units(count, tmp_path):
    records, objectives = tried(8), choose(NAMES[:count])
    front = pareto_front(records, objectives)
    save_front(tmp_path / "p.svg", "run on chip", objectives, records, front)
    said = texts(tmp_path / "p.svg")
    assert said.count("energy (µJ), less is better") == max(1, count - 1)
    assert said.count("latency (ms), less is better") == (count - 1 if count > 1 else 0)
    assert said.count("accuracy (%), more is better") == (count - 1 if count > 2 else 0)
    assert ("trial" in said) == (count == 1)
    assert "run on chip: 8 measured, 1 do not fit" in said
    save_front(tmp_path / "p.png", "run on chip", objectives, records, front)
    assert matplotlib.image.imread(tmp_path / "p.png").std() > 0


def test_trials_of_the_front_are_numbered_and_equals_share_a_label(tmp_path):
    objectives = choose(["energy", "memory"])
    records = [Record(k, {}, {"energy": 1e-6, "memory": 8.0}, "", None, 0.1) for k in range(3)]
    save_front(tmp_path / "p.svg", "x", objectives, records, records)
    assert "0, 1 +1" in texts(tmp_path / "p.svg")


def test_a_range_of_sizes_is_drawn_logarithmically(tmp_path):
    objectives, records = choose(["energy", "latency"]), tried(8)
    save_front(tmp_path / "p.svg", "x", objectives, records, records[:8])
    assert {"0.02", "0.05", "0.1"} <= set(texts(tmp_path / "p.svg"))


def test_nothing_measured_is_a_picture_without_points(tmp_path):
    save_front(tmp_path / "p.svg", "x", choose(NAMES), tried(0), [])
    assert "x: 0 measured, 1 do not fit" in texts(tmp_path / "p.svg")
