"""Loads of cores and links that a floor plan shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from polychrony.experiments.reporting.scale import prefixed

CLASSES = 4
"""Widths in which links are drawn."""


@dataclass(frozen=True)
class Load:
    """A load of cores.

    Args:
        name: what it is called.
        unit: base unit, or empty for counts.
        each: what it refers to, or empty.
        of: the load of one core, from the record.
    """

    name: str
    unit: str
    each: str
    of: Callable[[dict[str, Any]], float]

    def values(self, cores: Iterable[dict[str, Any]]) -> tuple[list[float], str]:
        """Loads in the unit that suits them.

        Args:
            cores: from the record.

        Returns:
            The load of each, and what to write beside them.
        """
        loads = [self.of(core) for core in cores]
        size, unit = prefixed(loads, self.unit) if self.unit else (1.0, "")
        words = " ".join(word for word in (unit, self.each) if word)
        return [load / size for load in loads], words


def _energy(core: dict[str, Any]) -> float:
    return float(sum(core["energy_per_inference_J"].values()))


def _event(name: str) -> Callable[[dict[str, Any]], float]:
    return lambda core: float(core["events_per_inference"].get(name, 0.0))


LOADS = {
    "energy": Load("energy", "J", "per inference", _energy),
    "operations": Load("synaptic operations", "", "per inference", _event("synapse")),
    "spikes": Load("spikes", "", "per inference", _event("spike")),
    "in": Load("messages in", "", "per inference", _event("axon_in")),
    "out": Load("messages out", "", "per inference", _event("axon_out")),
    "neurons": Load("neurons", "", "", lambda core: float(core["neurons"])),
    "synapses": Load("synapses", "", "", lambda core: float(core["synapses"])),
}


def link_classes(content: Any) -> list[list[dict[str, Any]]]:
    """Links by traffic in equal parts of that of the busiest, from the least."""
    links = content["record"]["links"]
    most = max((link["messages_per_inference"] for link in links), default=0.0)
    classes: list[list[dict[str, Any]]] = [[] for _ in range(CLASSES)]
    for link in links:
        part = link["messages_per_inference"] / most
        classes[min(CLASSES - 1, int(part * CLASSES))].append(link)
    return classes


def class_name(index: int) -> str:
    """Which part of the busiest link's traffic a class carries."""
    return f"links with up to {100 * (index + 1) // CLASSES} % of the busiest one's messages"
