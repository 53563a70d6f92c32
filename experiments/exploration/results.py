"""Files that an exploration leaves behind, for programs."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from polychrony.experiments.exploration.objectives import OBJECTIVES, Objective
from polychrony.experiments.exploration.records import Record
from polychrony.experiments.exploration.space import Space
from polychrony.experiments.files import write_atomically


def write_csv(path: Path, space: Space, tried: Sequence[Record], front: Sequence[Record]) -> None:
    """Write one line for each configuration that was tried.

    Args:
        path: file to make or replace.
        space: what was varied.
        tried: the configurations, by number.
        front: those that nothing beats.
    """
    known = [o for o in OBJECTIVES.values() if any(o.name in r.measured for r in tried)]
    names = [factor.name for factor in space.factors]
    best = {record.number for record in front}

    def write(temporary: Path) -> None:
        with temporary.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file, lineterminator="\n")
            ending = ["pareto", "repeats", "seconds", "reason"]
            table.writerow(["trial", "outcome", *names, *(o.key for o in known), *ending])
            for record in tried:
                params = [_cell(record.params[name]) for name in names]
                measured = [record.measured.get(objective.name, "") for objective in known]
                repeats = "" if record.repeats is None else record.repeats
                end = [_cell(record.number in best), repeats, record.seconds, record.reason]
                table.writerow([record.number, record.outcome, *params, *measured, *end])

    write_atomically(path, write)


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else value


def plain(
    space: Space,
    objectives: Sequence[Objective],
    tried: Sequence[Record],
    front: Sequence[Record],
) -> dict[str, Any]:
    """An exploration as plain values for JSON, with units in the keys.

    Args:
        space: what was varied.
        objectives: what was looked for.
        tried: the configurations, by number.
        front: those that nothing beats.

    Returns:
        Axes, every configuration, and the numbers of the trials of the front.
    """
    return {
        "varied": {name: list(choices) for name, choices in space.choices.items()},
        "combinations": space.size,
        "objectives": [
            {
                "name": o.key,
                "unit": o.unit,
                "direction": o.direction,
                "meaning": o.meaning,
            }
            for o in objectives
        ],
        "pareto": [record.number for record in front],
        "trials": [_trial(record) for record in tried],
    }


def _trial(record: Record) -> dict[str, Any]:
    return {
        "number": record.number,
        "outcome": record.outcome,
        "feasible": record.feasible,
        "params": record.params,
        "values": {OBJECTIVES[name].key: value for name, value in record.measured.items()},
        "reason": record.reason,
        "repeats": record.repeats,
        "seconds": record.seconds,
    }
