"""What arrivals did to the spikes, where the network on chip is part of the loop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polychrony.experiments.reporting.markup import Html, html, pairs, table
from polychrony.experiments.reporting.told import Show, plain, seconds, spoken, told

_COLUMNS: dict[str, tuple[str, Show]] = {
    "deliveries": ("deliveries", plain),
    "deadline_misses": ("late", plain),
    "disordered": ("out of order", plain),
    "throughput_per_s": ("deliveries per s", plain),
    "hops_mean": ("hops, mean", plain),
    "latency_mean_s": ("latency, mean", seconds),
    "isi_distortion_mean_abs_s": ("change of intervals, mean", seconds),
}


def lateness(content: Any) -> Html:
    """The loop in numbers, of the network and of each layer; nothing where it is off.

    Args:
        content: the page's JSON.
    """
    loop = content["result"].get("loop")
    if not isinstance(loop, Mapping):
        return html("")
    rows = [
        (name.removesuffix("_s").replace("_", " "), _value(content, name))
        for name, value in loop.items()
        if not isinstance(value, list | Mapping) and value is not None
    ]
    return html([pairs(rows), _layers(content, loop)])


def _value(content: Any, name: str) -> Html:
    if name.endswith("_s") and isinstance(content["result"]["loop"][name], int | float):
        return told(content, "result", "loop", name, show=seconds)
    return spoken(content, "result", "loop", name)


def _layers(content: Any, loop: Mapping[str, Any]) -> Html:
    whole = loop.get("network")
    if not isinstance(whole, Mapping):
        return html("")
    columns = {key: shown for key, shown in _COLUMNS.items() if key in whole}
    named: list[tuple[str, tuple[str, ...]]] = [("whole network", ("network",))]
    named += [(name, ("layers", name)) for name in loop.get("layers", {})]
    rows = [
        [
            name,
            *(
                told(content, "result", "loop", *at, key, show=show)
                for key, (_, show) in columns.items()
            ),
        ]
        for name, at in named
    ]
    heads = ["sent by", *(label for label, _ in columns.values())]
    return table("Arrivals of spikes", heads, rows)
