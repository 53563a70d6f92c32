"""Picture of an exploration: every two objectives against each other."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from polychrony.experiments.exploration.objectives import Objective
from polychrony.experiments.exploration.records import Record
from polychrony.experiments.files import write_atomically

_PREFIXES = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p"), (1e-15, "f"))
_LOG_FROM = 20.0  # ratio of largest to smallest value from which an axis is logarithmic
_COLUMNS = 3


def save_front(
    path: Path,
    title: str,
    objectives: Sequence[Objective],
    tried: Sequence[Record],
    front: Sequence[Record],
) -> None:
    """Draw the configurations that were measured, and those among them that nothing beats.

    Args:
        path: PNG or SVG file to write.
        title: what was explored.
        objectives: what was looked for; a single one is drawn by trial.
        tried: what was tried.
        front: those that nothing beats.
    """
    measured = [record for record in tried if record.outcome == "measured"]
    pairs: list[tuple[Objective | None, Objective]] = [*itertools.combinations(objectives, 2)]
    pairs = pairs or [(None, objectives[0])]
    columns = min(len(pairs), _COLUMNS)
    rows = math.ceil(len(pairs) / columns)
    figure = Figure(figsize=(max(4.0 * columns, 5.0), 3.5 * rows + 0.7), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).flatten()
    for panel, (across, up) in zip(panels, pairs, strict=False):
        _draw(panel, across, up, measured, front)
    for panel in panels[len(pairs) :]:
        panel.set_visible(False)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    unfit = sum(not record.feasible for record in tried)
    counts = f"{len(measured)} measured, {unfit} do not fit"
    figure.suptitle(f"{title}: {counts}", fontsize="medium")
    FigureCanvasAgg(figure)
    form = path.suffix.removeprefix(".")
    write_atomically(path, lambda temporary: figure.savefig(temporary, format=form, dpi=150))


def _draw(
    panel: Axes,
    across: Objective | None,
    up: Objective,
    measured: Sequence[Record],
    front: Sequence[Record],
) -> None:
    rest = [record for record in measured if record not in front]
    scale_x = 1.0 if across is None else _scale(panel, "x", across, measured)
    scale_y = _scale(panel, "y", up, measured)
    for records, color, marker, size, label in (
        (rest, "0.7", "o", 16, "measured"),
        (front, "k", "D", 28, "Pareto front (number of the trial)"),
    ):
        x, y = _values(across, records) / scale_x, _values(up, records) / scale_y
        panel.scatter(x, y, size, color, marker=marker, linewidths=0, label=label)
    if across is None:
        panel.set_xlabel("trial")
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    panel.margins(0.1)
    for objective, axis in ((across, "x"), (up, "y")):
        _end_at_all(panel, axis, objective)
    places = zip(_values(across, front) / scale_x, _values(up, front) / scale_y, strict=True)
    _number(panel, list(places), [record.number for record in front])
    panel.spines[["top", "right"]].set_visible(False)


def _number(panel: Axes, places: Sequence[tuple[float, float]], numbers: Sequence[int]) -> None:
    """Write the numbers of trials beside their places; those too close together share a label."""
    panel.autoscale_view()
    shared: dict[tuple[float, float], list[int]] = {}
    on_panel = panel.transData + panel.transAxes.inverted()
    for place, number in sorted(zip(places, numbers, strict=True)):
        near = (
            first
            for first in shared
            if (abs(on_panel.transform(place) - on_panel.transform(first)) < _ROOM).all()
        )
        shared.setdefault(next(near, place), []).append(number)
    for place, held in shared.items():
        more = f" +{len(held) - 2}" if len(held) > 2 else ""
        panel.annotate(
            ", ".join(map(str, sorted(held)[:2])) + more,
            place,
            xytext=(4, 4),
            textcoords="offset points",
            fontsize="x-small",
        )


def _end_at_all(panel: Axes, axis: str, objective: Objective | None) -> None:
    """Let an axis of shares end a little above 100 %."""
    if objective is None or objective.name not in _SHARES:
        return
    low, high = panel.get_xlim() if axis == "x" else panel.get_ylim()
    top = 100 + 0.06 * (100 - low)
    if high > top:
        (panel.set_xlim if axis == "x" else panel.set_ylim)(low, top)


_ROOM = (0.14, 0.05)  # of one label, as shares of a panel
_SHARES = ("accuracy", "agreement")


def _values(objective: Objective | None, records: Sequence[Record]) -> npt.NDArray[np.float64]:
    if objective is None:
        return np.array([record.number for record in records], np.float64)
    return np.array([record.measured[objective.name] for record in records], np.float64)


def _scale(panel: Axes, axis: str, objective: Objective, records: Sequence[Record]) -> float:
    """Label an axis, choose between linear and logarithmic, and return its unit."""
    values = np.abs(_values(objective, records))
    largest, smallest = values.max(initial=0.0), values.min(initial=math.inf)
    better = "less" if objective.direction == "minimize" else "more"
    name = objective.name.replace("-", " ")
    set_label = panel.set_xlabel if axis == "x" else panel.set_ylabel
    factor, unit = 1.0, objective.unit
    if objective.name in _SHARES:
        factor, unit = 0.01, "%"
    elif unit in ("J", "s") and largest > 0:
        factor, prefix = next((p for p in _PREFIXES if largest >= p[0]), _PREFIXES[-1])
        unit = f"{prefix}{unit}"
    set_label(f"{name}{f' ({unit})' if unit else ''}, {better} is better")
    if smallest > 0 and largest / smallest >= _LOG_FROM:
        (panel.set_xscale if axis == "x" else panel.set_yscale)("log")
    return factor
