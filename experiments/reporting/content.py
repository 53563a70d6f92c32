"""Everything that the page of a co-simulation says, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from polychrony.experiments.reporting.exploration import explored
from polychrony.experiments.reporting.plots.spikes import sort_spikes
from polychrony.hardware.wilson import wilson

WHOLE_CHIP = "whole chip"
"""Group of the energy that belongs to no core."""


def gather(
    result: Mapping[str, Any],
    record: Mapping[str, Any],
    chip: Mapping[str, Any],
    exploration: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The page's JSON.

    Args:
        result: numbers of the co-simulation, as `polychrony cosim --json` writes them.
        record: what `hardware.Recorder` kept beside them, and the decisions for each sample.
        chip: the chip, as `polychrony chips --json` describes it.
        exploration: trials of a design space, or None.

    Returns:
        These, and under `derived` what follows from them.
    """
    return {
        "result": result,
        "record": record,
        "chip": chip,
        "exploration": exploration,
        "derived": {
            "spikes": _spikes(result, record),
            "trials": None if exploration is None else _trials(exploration),
            "accuracy": _accuracy(result),
            "energy_share": _shares(result["energy_per_inference_J"]),
            "energy_per_layer_J": _layers(result, record["cores"]),
            "busiest_link": _busiest(record["links"]),
            "links": len(record["links"]),
        },
    }


def _accuracy(result: Mapping[str, Any]) -> dict[str, Any]:
    """Samples decided rightly, or alike, with the 95 % intervals of Wilson."""
    found, samples = {}, result["n_samples"]
    pruning = result["pruning"]
    shares = {
        "unpruned": None if pruning is None else pruning["accuracy_software_unpruned"],
        "software": result["accuracy_software"],
        "hardware": result["accuracy_hardware"],
        "agreement": result["agreement"],
    }
    for name, value in shares.items():
        if value is None:
            continue
        count = round(value * samples)
        low, high = wilson(count, samples)
        found[name] = {"share": value, "count": count, "low": low, "high": high}
    return found


def _shares(energy: Mapping[str, float | None]) -> dict[str, float | None]:
    total = energy["total"]
    return {
        name: value / total if total and value is not None else None
        for name, value in energy.items()
    }


def _layers(
    result: Mapping[str, Any], cores: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, float]]:
    """Energy by layer and component; components that never cost anything are left out."""
    layers: dict[str, dict[str, float]] = {}
    for core in cores:
        held = layers.setdefault(core["population"], {})
        for component, joules in core["energy_per_inference_J"].items():
            held[component] = held.get(component, 0.0) + joules
    of_cores = {component for held in layers.values() for component in held}
    layers[WHOLE_CHIP] = {
        component: joules
        for component, joules in result["energy_per_inference_J"].items()
        if component != "total" and component not in of_cores and joules is not None
    }
    return {
        layer: costs
        for layer, held in layers.items()
        if (costs := {component: joules for component, joules in held.items() if joules})
    }


def _busiest(links: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    if not links:
        return None
    return dict(max(links, key=lambda link: link["messages_per_inference"]))


def _spikes(
    result: Mapping[str, Any], record: Mapping[str, Any]
) -> list[dict[str, dict[str, int]]]:
    """Spikes of each kind, by sample and population."""
    content = {"result": result, "record": record}
    return [
        {
            name: {kind: len(e) for kind, e in sort_spikes(content, number, name).kinds.items()}
            for name in sample["populations"]
        }
        for number, sample in enumerate(record["samples"])
    ]


def _trials(exploration: Mapping[str, Any]) -> dict[str, int]:
    found = explored(exploration)
    return {
        "run": len(found.trials),
        "on_front": len(found.front),
        "infeasible": sum(not trial["feasible"] for trial in found.trials),
    }
