"""Trials of a design space, and those that no other trial beats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from polychrony.experiments.reporting.drawing import INK, Choice, Drawing, Trace, Variant, layout
from polychrony.experiments.reporting.exploration import Exploration, explored
from polychrony.experiments.reporting.markup import Html, html


def drawing(content: Any) -> Drawing | None:
    """Two objectives against each other; None without trials of two objectives."""
    if content["exploration"] is None:
        return None
    found = explored(content["exploration"])
    if len(found.objectives) < 2 or not found.feasible:
        return None
    pairs = [
        (x, y) for x in range(len(found.objectives)) for y in range(len(found.objectives)) if x < y
    ]
    names = found.labels
    variants = {f"{x},{y}": _variant(found, x, y) for x, y in pairs}
    options = [(f"{x},{y}", f"{names[x]} and {names[y]}") for x, y in pairs]
    return Drawing("pareto", "Design space and Pareto front", variants, (Choice("axes", options),))


def _says(found: Exploration, axes: Sequence[int]) -> Html:
    better = [
        f"{found.labels[axis]}: {'more' if found.maximise[axis] else 'less'} is better"
        for axis in axes
    ]
    return html("; ".join(better) + ".")


def _points(found: Exploration, on_front: bool) -> list[int]:
    return [n for n in found.feasible if (n in found.front) == on_front]


def _trace(found: Exploration, trials: Sequence[int], x: int, y: int, **more: Any) -> Trace:
    texts = [
        "<br>".join(html(f"{k}: {v}") for k, v in found.trials[n]["params"].items()) for n in trials
    ]
    return {
        "type": "scatter",
        "x": [found.values[n][x] for n in trials],
        "y": [found.values[n][y] for n in trials],
        "text": texts,
        "hovertemplate": "%{text}<br>%{x:.4g}, %{y:.4g}<extra></extra>",
        **more,
    }


def _variant(found: Exploration, x: int, y: int) -> Variant:
    beaten = _points(found, on_front=False)
    front = sorted(_points(found, on_front=True), key=lambda n: found.values[n][x])
    grey = {"symbol": "circle-open", "size": 8, "color": "#767676"}
    black = {
        "symbol": "diamond",
        "size": 11,
        "color": "#31446b",
        "line": {"color": INK, "width": 1},
    }
    line = {"color": "#31446b", "dash": "dot", "width": 1}
    joined = "lines+markers" if len(found.objectives) == 2 else "markers"
    traces = [
        _trace(found, beaten, x, y, name=f"others ({len(beaten)})", mode="markers", marker=grey),
        _trace(
            found,
            front,
            x,
            y,
            name=f"Pareto front ({len(front)})",
            mode=joined,
            marker=black,
            line=line,
        ),
    ]
    made = layout(
        html(found.labels[x]),
        html(found.labels[y]),
        460,
        showlegend=True,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.01, "x": 0},
        margin={"l": 70, "r": 20, "t": 50, "b": 60},
    )
    return Variant(traces, made, _says(found, (x, y)))


def picture(content: Any) -> Figure | None:
    """The first two objectives for a file."""
    if drawing(content) is None:
        return None
    found = explored(content["exploration"])
    figure = Figure(figsize=(6, 4), layout="constrained")
    panel = figure.subplots()
    for on_front, mark, color in ((False, "o", "0.5"), (True, "D", "#31446b")):
        chosen = _points(found, on_front)
        panel.plot(
            [found.values[n][0] for n in chosen],
            [found.values[n][1] for n in chosen],
            mark,
            color=color,
            fillstyle="full" if on_front else "none",
            label="Pareto front" if on_front else "others",
        )
    panel.set_xlabel(found.labels[0])
    panel.set_ylabel(found.labels[1])
    panel.legend(frameon=False)
    panel.spines[["top", "right"]].set_visible(False)
    return figure
