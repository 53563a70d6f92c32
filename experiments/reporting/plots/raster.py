"""Spike raster of one sample, software against chip."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from polychrony.experiments.reporting.drawing import Choice, Drawing, Variant, layout
from polychrony.experiments.reporting.markup import Html, html
from polychrony.experiments.reporting.plots.spikes import sort_spikes
from polychrony.experiments.reporting.told import look_up, told

# Marks of plotly and of matplotlib, size and colour: bars, rings, crosses, triangles, squares.
_MARKS = {
    "in both": ("line-ns-open", "|", 7, "#767676"),
    "on the chip": ("line-ns-open", "|", 7, "#767676"),
    "in software only": ("circle-open", "o", 7, "#440154"),
    "on the chip only": ("x-thin-open", "x", 7, "#00696e"),
    "late": ("triangle-right-open", ">", 11, "#8a5a00"),
    "dropped": ("square-open", "s", 11, "#000000"),
}


def drawing(content: Any) -> Drawing | None:
    """One raster for each sample recorded and each layer; None if no sample is kept."""
    samples = content["record"]["samples"]
    if not samples:
        return None
    layers = _layers(content)
    variants = {
        f"{sample}|{layer}": _variant(content, sample, layer)
        for sample in range(len(samples))
        for layer in layers
    }
    choices = (
        Choice("sample", [(str(n), _sample_name(content, n)) for n in range(len(samples))]),
        Choice("layer", [(layer, layer) for layer in layers]),
    )
    return Drawing("raster", "Spikes of one sample, in software and on the chip", variants, choices)


def _layers(content: Any) -> list[str]:
    """Layers of the network first, then its inputs, then what was made for the chip."""
    populations = content["record"]["samples"][0]["populations"]
    on_cores = {
        name for core in content["record"]["cores"] for name in core["population"].split("+")
    }

    def rank(name: str) -> int:
        if populations[name]["software"] is None:
            return 2
        return 0 if name in on_cores else 1

    return sorted(populations, key=rank)


def _sample_name(content: Any, sample: int) -> str:
    decided = content["record"].get("decisions")
    if decided is None:
        return str(sample)
    label = "" if decided["label"] is None else f"class {decided['label'][sample]}, "
    software, chip = decided["software"][sample], decided["hardware"][sample]
    return f"{sample} ({label}software says {software}, chip {chip})"


def _variant(content: Any, sample: int, layer: str) -> Variant:
    entry = content["record"]["samples"][sample]
    spikes = sort_spikes(content, sample, layer)
    traces = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": f"{kind} ({len(events):,})",
            "x": [step for step, _ in events],
            "y": [neuron for _, neuron in events],
            "marker": {
                "symbol": _MARKS[kind][0],
                "size": _MARKS[kind][2],
                "color": _MARKS[kind][3],
                "line": {"width": 1.4, "color": _MARKS[kind][3]},
            },
            "hovertemplate": f"{kind}: neuron %{{y}}, step %{{x}}<extra></extra>",
        }
        for kind, events in spikes.kinds.items()
    ]
    neurons = entry["populations"][layer]["neurons"]
    made = layout(
        _step_title(content),
        html(f"neuron of {layer}"),
        520,
        xaxis={"range": [-0.5, entry["steps"] - 0.5], "zeroline": False},
        yaxis={"range": [-1, neurons], "zeroline": False},
        legend={
            "orientation": "h",
            "yanchor": "bottom",
            "y": 1.01,
            "x": 0,
            "itemsizing": "constant",
        },
        showlegend=True,
        margin={"l": 70, "r": 20, "t": 50, "b": 60},
    )
    return Variant(traces, made, _says(content, sample, layer))


def _step_title(content: Any) -> str:
    return f"step of {1e3 * content['record']['dt_s']:g} ms"


def _says(content: Any, sample: int, layer: str) -> Html:
    at = ("derived", "spikes", sample, layer)
    counts = [
        [", " if place else "", told(content, *at, kind), f" {kind}"]
        for place, kind in enumerate(look_up(content, *at))
    ]
    compared = content["record"]["samples"][sample]["populations"][layer]["software"] is not None
    note = "" if compared else " These neurons were made for the chip; software has none."
    return html([f"Spikes of {layer}: ", *counts, ".", note])


def picture(content: Any) -> Figure | None:
    """The first sample for a file, a panel for each layer."""
    if not content["record"]["samples"]:
        return None
    layers = _layers(content)
    figure = Figure(figsize=(8, 2.6 * len(layers) + 0.6), layout="constrained")
    panels = figure.subplots(len(layers), 1, squeeze=False, sharex=True)[:, 0]
    seen: dict[str, None] = {}
    for panel, layer in zip(panels, layers, strict=True):
        for kind, events in sort_spikes(content, 0, layer).kinds.items():
            _, mark, size, color = _MARKS[kind]
            panel.plot(
                [step for step, _ in events],
                [neuron for _, neuron in events],
                mark,
                color=color,
                markersize=size / 2,
                markerfacecolor="none",
                markeredgewidth=0.8,
            )
            seen[kind] = None
        panel.set_ylabel(f"neuron of {layer}")
        panel.spines[["top", "right"]].set_visible(False)
    panels[-1].set_xlabel(_step_title(content))
    marks = [
        Line2D([], [], linestyle="", marker=_MARKS[k][1], color=_MARKS[k][3], fillstyle="none")
        for k in seen
    ]
    figure.legend(marks, list(seen), loc="outside upper center", ncols=len(seen), frameon=False)
    return figure
