"""Accuracy in software and on the chip, with how sure it is."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from polychrony.experiments.reporting.drawing import INK, Drawing, Variant, layout
from polychrony.experiments.reporting.markup import html

_MARKS = {
    "unpruned": ("all synapses", "circle-open", "o"),
    "software": ("software", "circle", "o"),
    "hardware": ("chip", "square", "s"),
    "agreement": ("agreement", "diamond-open", "D"),
}


def drawing(content: Any) -> Drawing:
    """Shares with their intervals, in percent."""
    traces = []
    for name, value in content["derived"]["accuracy"].items():
        label, symbol, _ = _MARKS[name]
        low, middle, high = (100 * value[key] for key in ("low", "share", "high"))
        traces.append(
            {
                "type": "scatter",
                "x": [middle],
                "y": [label],
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [high - middle],
                    "arrayminus": [middle - low],
                    "color": INK,
                    "width": 8,
                },
                "mode": "markers",
                "marker": {"symbol": symbol, "size": 13, "color": INK},
                "hovertemplate": f"{middle:.2f} %, {low:.2f} to {high:.2f} %<extra></extra>",
                "showlegend": False,
            }
        )
    made = layout(
        "share of samples (%)",
        "",
        240,
        xaxis={"range": _range(content)},
        yaxis={"type": "category"},
    )
    made["yaxis"]["autorange"] = "reversed"
    return Drawing(
        "accuracy",
        "Decisions, with 95 % intervals of Wilson",
        {"": Variant(traces, made, html(""))},
    )


def _range(content: Any) -> list[float]:
    lowest = min(value["low"] for value in content["derived"]["accuracy"].values())
    return [max(0.0, 100 * lowest - 5) - 1, 102.0]


def picture(content: Any) -> Figure:
    """The same for a file."""
    figure = Figure(figsize=(7, 2.2), layout="constrained")
    panel = figure.subplots()
    values = content["derived"]["accuracy"]
    for place, (name, value) in enumerate(values.items()):
        low, middle, high = (100 * value[key] for key in ("low", "share", "high"))
        panel.errorbar(
            [middle],
            [place],
            xerr=[[middle - low], [high - middle]],
            fmt=_MARKS[name][2],
            color="k",
            capsize=4,
            markerfacecolor="none" if name in ("unpruned", "agreement") else "k",
        )
    panel.set_yticks(range(len(values)), [_MARKS[name][0] for name in values])
    panel.invert_yaxis()
    panel.margins(y=0.3)
    panel.set_xlim(*_range(content))
    panel.set_xlabel("share of samples (%), with 95 % intervals of Wilson")
    panel.spines[["top", "right"]].set_visible(False)
    return figure
