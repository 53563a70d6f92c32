"""How long messages take in the network on chip."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from polychrony.experiments.reporting.drawing import Drawing, Variant, layout
from polychrony.experiments.reporting.scale import prefixed


def _bars(content: Any) -> tuple[list[float], float, list[int], str] | None:
    """Middle of each bin, their width, messages, and the unit; None without simulated messages."""
    histogram = content["record"]["message_latency"]
    if histogram is None or not sum(histogram["messages"]):
        return None
    start, width, counts = histogram["start_s"], histogram["bin_s"], histogram["messages"]
    size, unit = prefixed([start + width * len(counts)], "s")
    middles = [(start + width * (index + 0.5)) / size for index in range(len(counts))]
    return middles, width / size, counts, unit


def drawing(content: Any) -> Drawing | None:
    """Messages by latency; None where they are not simulated."""
    bars = _bars(content)
    if bars is None:
        return None
    middles, width, counts, unit = bars
    trace = {
        "type": "bar",
        "x": middles,
        "y": counts,
        "width": width,
        "marker": {"color": "#31446b", "line": {"width": 0}},
        "hovertemplate": f"%{{y:,}} messages at %{{x:.4g}} {unit}<extra></extra>",
    }
    made = layout(
        f"latency of a message ({unit})",
        "messages",
        380,
        xaxis={"rangemode": "tozero"},
    )
    return Drawing(
        "latency",
        "Latency of messages in the network on chip",
        {"": Variant([trace], made)},
        log_axis="yaxis",
    )


def picture(content: Any) -> Figure | None:
    """The same for a file."""
    bars = _bars(content)
    if bars is None:
        return None
    middles, width, counts, unit = bars
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    panel = figure.subplots()
    panel.bar(middles, counts, width, color="#31446b")
    panel.set_xlim(left=0)
    panel.set_xlabel(f"latency of a message ({unit})")
    panel.set_ylabel("messages")
    panel.spines[["top", "right"]].set_visible(False)
    return figure
