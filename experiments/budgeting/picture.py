"""Picture of a budget: accuracy against what it costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from polychrony.experiments.files import write_atomically

_COSTS = {"s_ace": "S-ACE (bit operations), less is better", "ns_ace": "NS-ACE (bit operations)"}


def save_budget(rows: Sequence[dict[str, Any]], path: Path, title: str) -> None:
    """Draw ways to spend bits, and those that no other beats in accuracy and cost.

    Args:
        rows: as `polychrony budget --json` writes them.
        path: PNG, SVG or PDF file to write.
        title: what was trained.
    """
    figure = Figure(figsize=(9.5, 4.2), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for panel, (cost, label) in zip(panels, _COSTS.items(), strict=True):
        _draw(panel, rows, cost)
        panel.set_xlabel(label)
    panels[0].set_ylabel("test accuracy (%), more is better")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    figure.suptitle(title, fontsize="medium")
    FigureCanvasAgg(figure)
    form = path.suffix.lower().removeprefix(".")
    write_atomically(path, lambda temporary: figure.savefig(temporary, format=form, dpi=150))


def _draw(panel: Axes, rows: Sequence[dict[str, Any]], cost: str) -> None:
    kinds = {
        "the same bits in all layers": ("o", [row for row in rows if row["bit_budget"]]),
        "bits by layer": ("s", [row for row in rows if not row["bit_budget"]]),
    }
    for label, (marker, drawn) in kinds.items():
        panel.errorbar(
            [row[cost] for row in drawn],
            [100 * row["accuracy_mean"] for row in drawn],
            yerr=[100 * (row["accuracy_std"] or 0.0) for row in drawn],
            fmt=marker,
            capsize=3,
            label=label,
        )
    for place, labels in _labels(rows, cost).items():
        panel.annotate(
            "\n".join(labels),
            place,
            xytext=(4, 4),
            textcoords="offset points",
            fontsize="x-small",
        )
    front = sorted((row for row in rows if row["pareto"]), key=lambda row: row["s_ace"])
    if cost == "s_ace":
        ends = [row[cost] for row in front], [100 * row["accuracy_mean"] for row in front]
        panel.plot(*ends, "k:", linewidth=1, drawstyle="steps-post", zorder=0, label="front")
    if len({row[cost] for row in rows}) > 1:
        panel.set_xscale("log")
    panel.margins(0.15)
    panel.spines[["top", "right"]].set_visible(False)


def _labels(rows: Sequence[dict[str, Any]], cost: str) -> dict[tuple[float, float], list[str]]:
    """Labels by place; those of rows that lie too close together stand below each other."""
    first: dict[tuple[float, float], tuple[float, float]] = {}
    found: dict[tuple[float, float], list[str]] = {}
    for row in rows:
        near = round(math.log10(row[cost]), 1), round(200 * row["accuracy_mean"])
        place = first.setdefault(near, (row[cost], 100 * row["accuracy_mean"]))
        found.setdefault(place, []).append(row["label"])
    return found
