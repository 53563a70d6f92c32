"""Picture: accuracy by kind of delays, and learned delays against right ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from polychrony.experiments.files import write_atomically

_COLORS = {"none": "0.6", "fixed": "C0", "learned": "C3"}
_MARKERS = "osD^vP*X<>"


def save_timing(
    rows: Sequence[dict[str, Any]], found: Sequence[dict[str, Any]], chance: float, path: Path
) -> None:
    """Draw what `polychrony timing --json` writes.

    Args:
        rows: one for each kind of delays.
        found: learned and right delays, one for each seed.
        chance: accuracy of guessing.
        path: PNG, SVG or PDF file to write.
    """
    figure = Figure(figsize=(9.5, 4.0), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1.0))
    _accuracies(left, rows, chance)
    _delays(right, found)
    for panel in (left, right):
        panel.spines[["top", "right"]].set_visible(False)
    FigureCanvasAgg(figure)
    form = path.suffix.lower().removeprefix(".")
    write_atomically(path, lambda temporary: figure.savefig(temporary, format=form, dpi=150))


def _accuracies(panel: Axes, rows: Sequence[dict[str, Any]], chance: float) -> None:
    for place, row in enumerate(rows):
        panel.bar(place, 100 * row["accuracy_mean"], 0.6, color=_COLORS[row["delays"]], alpha=0.35)
        across = place + np.linspace(-0.15, 0.15, len(row["accuracies"]) + 2)[1:-1]
        percent = [100 * each for each in row["accuracies"]]
        panel.plot(across, percent, "o", color=_COLORS[row["delays"]], markersize=5)
        panel.annotate(
            f"{100 * row['accuracy_mean']:.1f}",
            (place, max(percent)),
            xytext=(0, 6),
            textcoords="offset points",
            ha="center",
        )
    panel.axhline(100 * chance, color="k", linestyle=":", linewidth=1)
    panel.annotate(
        "chance",
        (-0.95, 100 * chance),
        xytext=(0, 3),
        textcoords="offset points",
        fontsize="small",
    )
    labels = [
        f"{row['delays']}\n{row['neurons']} neurons\n{row['parameters']} parameters" for row in rows
    ]
    panel.set_xticks(range(len(rows)), labels, fontsize="small")
    panel.set_xlim(-1.0, len(rows) - 0.5)
    panel.set_ylim(0, 108)
    panel.set_yticks(range(0, 101, 20))
    panel.set_ylabel("test accuracy (%)")
    seeds = len(rows[0]["seeds"])
    panel.set_title(
        f"kind of delays; a dot is one of {seeds} seeds" if seeds > 1 else "kind of delays",
        fontsize="medium",
    )


def _delays(panel: Axes, found: Sequence[dict[str, Any]]) -> None:
    longest = 1e3 * max(np.max(each["right_s"]) for each in found)
    panel.plot([0, longest], [0, longest], color="0.7", linewidth=1, zorder=0)
    for place, each in enumerate(found):
        # Right delays are few values: seeds stand beside each other, and so do their synapses.
        right, learned = 1e3 * np.ravel(each["right_s"]), 1e3 * np.ravel(each["learned_s"])
        beside = 9.0 * (place - (len(found) - 1) / 2)
        panel.plot(
            right + beside + np.linspace(-3.0, 3.0, len(right)),
            learned,
            _MARKERS[place % len(_MARKERS)],
            color=f"C{place % 10}",
            markersize=3,
            alpha=0.5,
            linestyle="none",
            label=f"seed {each['seed']}: r = {each['correlation']:.3f}, "
            f"error {1e3 * each['error_s']:.1f} ms",
        )
    panel.set_xlabel("right delay (ms), seeds side by side")
    panel.set_ylabel("learned delay (ms), its constant removed")
    panel.set_title("detectors that learn only delays", fontsize="medium")
    panel.legend(frameon=False, fontsize="small", loc="upper left")
