from __future__ import annotations

import json

import pytest

from polychrony.experiments.errors import UserError
from polychrony.experiments.exploration.objectives import OBJECTIVES
from polychrony.experiments.exploration.records import Record, pareto_front
from polychrony.experiments.reporting.exploration import explored, read_exploration


def _trial(*values, feasible=True, **more):
    return {"params": {"n": 1}, "values": list(values), "feasible": feasible, **more}


def test_the_front_holds_what_nothing_beats():
    trials = [_trial(1, 5), _trial(2, 4), _trial(2, 5), _trial(3, 3), _trial(1, 5)]
    found = explored({"axes": ["energy", "latency"], "trials": trials})
    assert found.front == {0, 1, 3, 4}


def test_more_accuracy_is_better():
    trials = [_trial(1, 0.9), _trial(1, 0.8), _trial(feasible=False)]
    found = explored({"objectives": ["energy", "accuracy"], "trials": trials})
    assert found.maximise == [False, True]
    assert (found.feasible, found.front) == ([0, 1], {0})


def test_a_repeated_trial_counts_once():
    trials = [_trial(1, outcome="measured"), _trial(1, outcome="repeated")]
    assert explored({"objectives": ["energy"], "trials": trials}).feasible == [0]


def test_the_front_is_that_of_the_exploration():
    rows = [(3e-6, 2e-3, 0.9), (2e-6, 3e-3, 0.8), (4e-6, 4e-3, 0.7), (2e-6, 3e-3, 0.9)]
    sought = [OBJECTIVES[name] for name in ("energy", "latency", "accuracy")]
    tried = [
        Record(n, {}, {o.name: v for o, v in zip(sought, row, strict=True)}, "", None, 1.0)
        for n, row in enumerate(rows)
    ]
    named = [{"name": o.key, "unit": o.unit, "direction": o.direction} for o in sought]
    trials = [_trial(*row) for row in rows]
    found = explored({"objectives": named, "trials": trials})
    assert found.front == {record.number for record in pareto_front(tried, sought)}


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"objectives": ["a"]},
        {"objectives": [], "trials": []},
        {"objectives": ["a"], "trials": [{"params": {}}]},
        {"objectives": ["a"], "trials": [_trial(1, 2)]},
        {"objectives": ["a"], "trials": [_trial("much")]},
    ],
)
def test_other_files_are_refused(content, tmp_path):
    path = tmp_path / "trials.json"
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match=r"trials\.json holds no trials"):
        read_exploration(path)
