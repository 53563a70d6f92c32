"""Picture of a comparison: accuracy against memory, and the work of each rule."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

from polychrony.experiments.errors import UserError
from polychrony.experiments.files import check_writable, write_atomically
from polychrony.experiments.tables import count

FORMS = (".png", ".svg", ".pdf")
_PARTS = {"forward": "0.25", "signal": "0.55", "update": "0.8"}
_LOG_FROM = 8.0  # ratio of largest to smallest memory from which its axis is logarithmic
_MARKERS = "osD^vP*X<>"


def check_picture(path: Path) -> None:
    """Raise UserError unless a picture of this name can be drawn and written."""
    if path.suffix.lower() not in FORMS:
        raise UserError(f"--plot {path}: the name must end in {', '.join(FORMS)}")
    check_writable(path)


def save_comparison(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw what rules of learning take and give.

    Args:
        rows: one for each rule, as `polychrony compare --json` writes them.
        path: PNG, SVG or PDF file to write.
    """
    figure = Figure(figsize=(9.0, max(3.4, 1.6 + 0.32 * len(rows))), layout="constrained")
    left, right = figure.subplots(1, 2)
    _against_memory(left, rows)
    _work(right, rows)
    for panel in (left, right):
        panel.spines[["top", "right"]].set_visible(False)
    first = rows[0]
    seeds = len(first["seeds"])
    spread = f"mean and standard deviation of {seeds} seeds" if seeds > 1 else "one seed"
    epochs = count(first["epochs"], "epoch")
    figure.suptitle(f"{first['recipe']}, {epochs}, accuracy: {spread}", fontsize="medium")
    FigureCanvasAgg(figure)
    form = path.suffix.lower().removeprefix(".")
    write_atomically(path, lambda temporary: figure.savefig(temporary, format=form, dpi=150))


def _against_memory(panel: Axes, rows: Sequence[dict[str, Any]]) -> None:
    """Rules whose memory is not known stand in no place."""
    drawn = [row for row in rows if row["peak_memory_bytes"]]
    for place, row in enumerate(drawn):
        panel.errorbar(
            row["peak_memory_bytes"] / 2**20,
            100 * row["accuracy_mean"],
            yerr=100 * (row["accuracy_std"] or 0.0),
            fmt=_MARKERS[place % len(_MARKERS)],
            color=f"C{place % 10}",
            capsize=3,
            label=row["rule"],
        )
    panel.margins(0.15)
    _scale(panel, [row["peak_memory_bytes"] for row in drawn])
    panel.set_xlabel("peak memory of a training step (MiB), less is better")
    panel.set_ylabel("test accuracy (%), more is better")
    if drawn:
        _legend(panel)


def _work(panel: Axes, rows: Sequence[dict[str, Any]]) -> None:
    left = [0.0] * len(rows)
    names = [row["rule"] for row in rows]
    places = range(len(rows))
    for part, color in _PARTS.items():
        widths = [row[f"macs_{part}"] / 1e6 for row in rows]
        panel.barh(places, widths, left=left, color=color, label=part)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    panel.set_yticks(list(places), names)
    panel.invert_yaxis()
    panel.set_xlabel("multiply-accumulates per sample (millions)")
    _legend(panel)


def _scale(panel: Axes, sizes: Sequence[int]) -> None:
    """From 0, or logarithmic where the largest would leave no room to the others."""
    if not sizes or max(sizes) < _LOG_FROM * min(sizes):
        panel.set_xlim(left=0)
        return
    panel.set_xscale("log")
    panel.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    panel.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    panel.xaxis.set_minor_locator(NullLocator())


def _legend(panel: Axes) -> None:
    """Above the panel, where it hides nothing."""
    panel.legend(
        frameon=False, fontsize="small", ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0)
    )
