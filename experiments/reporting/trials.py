"""Trials of a design space in words and tables."""

from __future__ import annotations

from typing import Any

from polychrony.experiments.reporting.exploration import Exploration, explored
from polychrony.experiments.reporting.markup import Html, html, pairs, table
from polychrony.experiments.reporting.told import joules, plain, seconds, told


def trials(content: Any) -> Html:
    """How many trials there are, and those that no other trial beats.

    Args:
        content: the page's JSON, with an exploration.
    """
    found = explored(content["exploration"])
    rows = [
        [
            found.trials[number].get("number", number),
            ", ".join(f"{key} {value}" for key, value in found.trials[number]["params"].items()),
            *(_value(content, found, number, place) for place in range(len(found.objectives))),
        ]
        for number in sorted(found.front)
    ]
    counts = pairs(
        [
            ("trials", told(content, "derived", "trials", "run")),
            ("on the Pareto front", told(content, "derived", "trials", "on_front")),
            (
                "infeasible: the network does not fit",
                told(content, "derived", "trials", "infeasible"),
            ),
        ]
    )
    heads = ["trial", "parameters", *found.labels]
    return html([counts, table("Pareto front", heads, rows)])


def _value(content: Any, found: Exploration, number: int, place: int) -> Html:
    show = {"J": joules, "s": seconds}.get(found.units[place], plain)
    values = content["exploration"]["trials"][number]["values"]
    key: object = found.objectives[place] if isinstance(values, dict) else place
    return told(content, "exploration", "trials", number, "values", key, show=show)
