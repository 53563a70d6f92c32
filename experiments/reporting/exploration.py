"""Trials of a design space, read from a file that `polychrony explore` or a user wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polychrony.experiments.errors import UserError
from polychrony.experiments.files import read_json

_MAXIMISED = ("accuracy", "agreement")


@dataclass(frozen=True)
class Exploration:
    """Trials and what they reach.

    Args:
        trials: as they stand in the file.
        objectives: names of what is sought.
        units: base unit of each, or empty.
        labels: what each is called, with its unit.
        maximise: whether more of it is better.
        values: what each trial reaches, by its number; infeasible trials reach nothing.
        feasible: numbers of the trials that were measured, because the network fits.
        front: numbers of those that no other trial beats.
    """

    trials: Sequence[Mapping[str, Any]]
    objectives: list[str]
    units: list[str]
    labels: list[str]
    maximise: list[bool]
    values: dict[int, list[float]]
    feasible: list[int]
    front: set[int]


def read_exploration(path: Path) -> dict[str, Any]:
    """Read a file of trials.

    Args:
        path: JSON with `objectives` (or `axes`), a list of names, and `trials`, a list of
            `params`, `values` and `feasible`.

    Raises:
        UserError: it is missing, or not of this form.
    """
    content = read_json(path)
    try:
        explored(content)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise UserError(
            f"{path} holds no trials ({error}); it must have objectives, a list of names, and "
            "trials, a list of params, values and feasible"
        ) from error
    found: dict[str, Any] = content
    return found


def explored(content: Mapping[str, Any]) -> Exploration:
    """Find the front.

    Args:
        content: of the file.
    """
    named = content.get("objectives", content.get("axes"))
    if not isinstance(named, list) or not named:
        raise ValueError("no objectives are named")
    objectives = [_name(entry) for entry in named]
    maximise = [_is_maximised(entry) for entry in named]
    trials: list[Mapping[str, Any]] = content["trials"]
    values = {
        number: _values(trial["values"], objectives)
        for number, trial in enumerate(trials)
        if trial["feasible"] and trial.get("outcome", "measured") == "measured"
    }
    costs = {
        number: [-v if m else v for v, m in zip(reached, maximise, strict=True)]
        for number, reached in values.items()
    }
    front = {n for n, own in costs.items() if not any(_beats(o, own) for o in costs.values())}
    units = ["" if isinstance(entry, str) else str(entry.get("unit", "")) for entry in named]
    labels = [_label(entry, unit) for entry, unit in zip(named, units, strict=True)]
    return Exploration(trials, objectives, units, labels, maximise, values, list(values), front)


def _name(entry: str | Mapping[str, Any]) -> str:
    return entry if isinstance(entry, str) else str(entry["name"])


def _label(entry: str | Mapping[str, Any], unit: str) -> str:
    said = entry if isinstance(entry, str) else str(entry.get("meaning", entry["name"]))
    return f"{said} ({unit})" if unit else said


def _is_maximised(entry: str | Mapping[str, Any]) -> bool:
    if isinstance(entry, Mapping) and "direction" in entry:
        return bool(entry["direction"] == "maximize")
    return _name(entry).startswith(_MAXIMISED)


def _values(values: Mapping[str, float] | Sequence[float], objectives: list[str]) -> list[float]:
    listed = [values[name] for name in objectives] if isinstance(values, Mapping) else list(values)
    if len(listed) != len(objectives):
        raise ValueError(f"{len(listed)} values stand for {len(objectives)} objectives")
    return [float(value) for value in listed]


def _beats(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether one is nowhere worse and somewhere better; less is better."""
    return all(a <= b for a, b in zip(one, other, strict=True)) and list(one) != list(other)
