"""Energy of an inference by component, for each layer and each core."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from polychrony.experiments.reporting.drawing import INK, Choice, Drawing, Trace, Variant, layout
from polychrony.experiments.reporting.markup import html
from polychrony.experiments.reporting.palette import patterns, shades
from polychrony.experiments.reporting.scale import prefixed

_NAMED = 24  # bars that have a name below them, at most

Groups = Mapping[str, Mapping[str, float]]


def components(content: Any) -> list[str]:
    """Components that cost something, in the order of the result."""
    used = {name for costs in content["derived"]["energy_per_layer_J"].values() for name in costs}
    return [name for name in content["result"]["energy_per_inference_J"] if name in used]


def _cores(content: Any) -> Groups:
    """Cores in use and the host, from the one that takes most."""
    cores = content["record"]["cores"]
    named = {
        "host" if core["core"] is None else f"core {core['core']}": core["energy_per_inference_J"]
        for core in cores
    }
    return dict(sorted(named.items(), key=lambda item: -sum(item[1].values())))


def drawing(content: Any) -> Drawing | None:
    """Bars of layers or cores, stacked, or side by side on a logarithmic scale."""
    used = components(content)
    if not used:
        return None
    groups = {"layer": content["derived"]["energy_per_layer_J"], "core": _cores(content)}
    variants = {
        f"{by}|{scale}": _variant(groups[by], used, by, scale)
        for by in groups
        for scale in ("linear", "log")
    }
    choices = (
        Choice("by", [("layer", "layer"), ("core", "core")]),
        Choice("scale", [("linear", "linear, stacked"), ("log", "logarithmic, side by side")]),
    )
    return Drawing("energy", "Energy of an inference by component", variants, choices)


def _variant(groups: Groups, used: list[str], by: str, scale: str) -> Variant:
    size, unit = prefixed([sum(costs.values()) for costs in groups.values()], "J")
    traces: list[Trace] = [
        {
            "type": "bar",
            "name": name,
            "x": [html(group) for group in groups],
            "y": [costs[name] / size if name in costs else None for costs in groups.values()],
            "marker": {
                "color": color,
                "pattern": {
                    "shape": pattern,
                    "fillmode": "overlay",
                    "fgcolor": "white" if place < len(used) / 2 else INK,
                    "size": 8,
                    "solidity": 0.2,
                },
                "line": {"color": INK, "width": 0.5 if by == "layer" else 0},
            },
            "hovertemplate": f"%{{x}}, {name}: %{{y:.4g}} {unit}<extra></extra>",
        }
        for place, (name, color, pattern) in enumerate(
            zip(used, shades(len(used)), patterns(len(used)), strict=True)
        )
    ]
    many = len(groups) > _NAMED
    made = layout(
        f"{by}, from the one that takes most" if many else by,
        f"energy per inference ({unit})",
        440,
        xaxis={"type": "category", "showgrid": False, "showticklabels": not many},
        yaxis={"type": scale},
        barmode="stack" if scale == "linear" else "group",
        showlegend=True,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.01, "x": 0},
        margin={"l": 70, "r": 20, "t": 60, "b": 80},
    )
    if scale == "log":
        made["yaxis"]["exponentformat"] = "power"
    return Variant(traces, made)


def picture(content: Any) -> Figure | None:
    """Bars of layers for a file."""
    used = components(content)
    if not used:
        return None
    groups: Groups = content["derived"]["energy_per_layer_J"]
    size, unit = prefixed([sum(costs.values()) for costs in groups.values()], "J")
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    panel = figure.subplots()
    below = dict.fromkeys(groups, 0.0)
    for place, (name, color, pattern) in enumerate(
        zip(used, shades(len(used)), patterns(len(used)), strict=True)
    ):
        heights = [costs.get(name, 0.0) / size for costs in groups.values()]
        panel.bar(
            list(groups),
            heights,
            bottom=list(below.values()),
            color=color,
            hatch=pattern,
            edgecolor="white" if place < len(used) / 2 else INK,
            linewidth=0.5,
            label=name,
        )
        below = {group: below[group] + h for group, h in zip(groups, heights, strict=True)}
    panel.set_ylabel(f"energy per inference ({unit})")
    panel.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    panel.spines[["top", "right"]].set_visible(False)
    return figure
