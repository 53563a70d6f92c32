"""What learning on the chip would take, in tables of the page."""

from __future__ import annotations

from typing import Any

from polychrony.experiments.reporting.markup import Html, bullets, folded, table
from polychrony.experiments.reporting.told import joules, plain, seconds, spoken, told

_AT = ("result", "learning")
_COSTS = {
    "accumulations_per_sample": ("additions to tags", plain),
    "weight_updates_per_sample": ("changes of weights", plain),
    "energy_learning_per_sample_j": ("energy per sample", joules),
    "latency_learning_per_sample_s": ("time per sample", seconds),
}
_BITS = {
    "synapses_bits": "synapses",
    "tags_bits": "tags",
    "signal_bits": "weights of the signal",
    "synaptic_memory_bits": "room for these",
    "traces_bits": "traces",
    "trace_memory_bits": "room for traces",
}
_ANSWERS = {True: "yes", False: "no", None: "not known"}


def learning(content: Any) -> list[Html]:
    """Counts, costs and memory of a rule; nothing where none was asked for."""
    held = content["result"].get("learning")
    if held is None:
        return []
    parts = [_counts(content, held), _costs(content, held)]
    parts += [_cores(content, held, policy) for policy in held["policies"]]
    return [*parts, folded("How it is counted", bullets(held["assumptions"]))]


def _counts(content: Any, held: Any) -> Html:
    rows = [
        [
            event.replace("_", " "),
            *(told(content, *_AT, "layers", layer, event) for layer in held["layers"]),
            told(content, *_AT, "counts_per_sample", event),
        ]
        for event in held["counts_per_sample"]
    ]
    caption = f"Events of learning by {held['rule']} beside inference, mean over all samples"
    return table(caption, ["event", *held["layers"], "all"], rows)


def _costs(content: Any, held: Any) -> Html:
    at = (*_AT, "policies")
    rows: list[list[object]] = [
        [said, *(told(content, *at, name, key, show=show) for name in held["policies"])]
        for key, (said, show) in _COSTS.items()
    ]
    rows += [
        [
            "energy leaves out",
            *(spoken(content, *at, n, "energy_excludes") for n in held["policies"]),
        ],
        ["fits every core", *(_ANSWERS[cost["fits"]] for cost in held["policies"].values())],
    ]
    return table("What learning takes, by when weights change", ["", *held["policies"]], rows)


def _cores(content: Any, held: Any, policy: str) -> Html:
    rows = [
        [
            f"{core['core']}, {core['population']}",
            *(told(content, *_AT, "policies", policy, "cores", place, key) for key in _BITS),
            _ANSWERS[core["fits"]],
        ]
        for place, core in enumerate(held["policies"][policy]["cores"])
    ]
    heads = ["core", *_BITS.values(), "fits"]
    caption = f"Memory of each core, bits, weights changed by {policy}"
    return folded(caption, table(caption, heads, rows))
