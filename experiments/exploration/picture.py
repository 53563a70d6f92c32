"""Picture of an exploration: every two objectives against each other."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

from polychrony.experiments.exploration.objectives import SHARES, Objective
from polychrony.experiments.exploration.records import Record
from polychrony.experiments.files import write_atomically

Place = tuple[float, float]

_PREFIXES = {1e6: "M", 1e3: "k", 1.0: "", 1e-3: "m", 1e-6: "µ", 1e-9: "n", 1e-12: "p", 1e-15: "f"}
_LOG_FROM = 20.0  # ratio of largest to smallest value from which an axis is logarithmic
_COLUMNS = 3
_ROOM = (0.14, 0.05)  # of one label, as shares of a panel


@dataclass(frozen=True)
class _Scale:
    """How one objective is drawn; the number of the trial without one."""

    objective: Objective | None
    factor: float
    label: str
    logarithmic: bool

    @classmethod
    def of(cls, objective: Objective | None, records: Sequence[Record]) -> _Scale:
        if objective is None:
            return cls(None, 1.0, "trial", False)
        values = [abs(record.measured[objective.name]) for record in records]
        largest, smallest = max(values, default=0.0), min(values, default=0.0)
        factor, unit = 1.0, objective.unit
        if objective.name in SHARES:
            factor, unit = 0.01, "%"
        elif unit in ("J", "s", "bit") and largest > 0:
            factor = next((f for f in _PREFIXES if largest >= f), min(_PREFIXES))
            unit = f"{_PREFIXES[factor]}{unit}"
        better = "less" if objective.direction == "minimize" else "more"
        name = objective.name.replace("-", " ")
        label = f"{name}{f' ({unit})' if unit else ''}, {better} is better"
        wide = smallest > 0 and largest / smallest >= _LOG_FROM
        return cls(objective, factor, label, wide)

    def values(self, records: Sequence[Record]) -> npt.NDArray[np.float64]:
        if self.objective is None:
            return np.array([record.number for record in records], np.float64)
        name = self.objective.name
        return np.array([record.measured[name] for record in records], np.float64) / self.factor


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
    scales = [_Scale.of(objective, measured) for objective in objectives]
    pairs = list(itertools.combinations(scales, 2)) or [(_Scale.of(None, measured), scales[0])]
    columns = min(len(pairs), _COLUMNS)
    rows = math.ceil(len(pairs) / columns)
    figure = Figure(figsize=(max(4.0 * columns, 6.0), 3.5 * rows + 0.7), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).flatten()
    for panel, (across, up) in zip(panels, pairs, strict=False):
        _draw(panel, across, up, measured, front)
    if len(objectives) == 2:
        _join(panels[0], scales[0], scales[1], front)
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
    across: _Scale,
    up: _Scale,
    measured: Sequence[Record],
    front: Sequence[Record],
) -> None:
    rest = [record for record in measured if record not in front]
    for records, color, marker, size, label in (
        (rest, "0.7", "o", 16, "measured"),
        (front, "k", "D", 28, "Pareto front (number of the trial)"),
    ):
        x, y = across.values(records), up.values(records)
        panel.scatter(x, y, size, color, marker=marker, linewidths=0, label=label)
    panel.margins(0.1)
    _shape(panel, "x", across)
    _shape(panel, "y", up)
    places = list(zip(across.values(front), up.values(front), strict=True))
    _number(panel, places, [record.number for record in front])
    panel.spines[["top", "right"]].set_visible(False)


def _shape(panel: Axes, name: str, scale: _Scale) -> None:
    """Give an axis its label, its ticks, and an end not far above 100 %."""
    axis = panel.xaxis if name == "x" else panel.yaxis
    axis.set_label_text(scale.label)
    if scale.objective is None:
        axis.set_major_locator(MaxNLocator(integer=True))
    elif scale.logarithmic:
        (panel.set_xscale if name == "x" else panel.set_yscale)("log")
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_locator(NullLocator())
    elif scale.objective.name in SHARES:
        low, high = panel.get_xlim() if name == "x" else panel.get_ylim()
        ends = (low, min(high, 100 + 0.06 * (100 - low)))
        (panel.set_xlim if name == "x" else panel.set_ylim)(ends)


def _number(panel: Axes, places: Sequence[Place], numbers: Sequence[int]) -> None:
    """Write the numbers of trials beside their places; those too close together share a label."""
    panel.autoscale_view()
    shared: dict[Place, list[int]] = {}
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


def _join(panel: Axes, across: _Scale, up: _Scale, front: Sequence[Record]) -> None:
    """Draw the border of what was reached, where two objectives are all there is."""
    x, y = across.values(front), up.values(front)
    order = np.argsort(x)
    less = across.objective is not None and across.objective.direction == "minimize"
    style = "steps-post" if less else "steps-pre"
    panel.plot(x[order], y[order], "k:", linewidth=1, drawstyle=style, zorder=0)
