"""Spikes of one sample in software and on the chip, sorted by where they occur."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Event = tuple[int, int]
"""Step and neuron."""


@dataclass(frozen=True)
class SpikeKinds:
    """Spikes of one population in one sample.

    Args:
        both: in software and on the chip.
        software: in software only.
        chip: on the chip only.
        late: late on the chip, by their source.
        dropped: lost on the chip, by their source.
        compared: whether the population exists in software.
    """

    both: list[Event]
    software: list[Event]
    chip: list[Event]
    late: list[Event]
    dropped: list[Event]
    compared: bool

    @property
    def kinds(self) -> dict[str, list[Event]]:
        """The kinds that there are, by their names for people."""
        named = (
            {
                "in both": self.both,
                "in software only": self.software,
                "on the chip only": self.chip,
            }
            if self.compared
            else {"on the chip": self.chip}
        )
        marked = {"late": self.late, "dropped": self.dropped}
        return {**named, **{name: events for name, events in marked.items() if events}}


def sort_spikes(content: Any, sample: int, population: str) -> SpikeKinds:
    """Spikes of a population by kind.

    Args:
        content: the page's JSON. Where `result` has an entry `loop` with a list
            `late_spikes` or `dropped_spikes`, these are marked.
        sample: which of the samples recorded.
        population: its name.
    """
    entry = content["record"]["samples"][sample]["populations"][population]
    chip = _counted(entry["hardware"])
    software = Counter() if entry["software"] is None else _counted(entry["software"])
    return SpikeKinds(
        both=_listed(software & chip),
        software=_listed(software - chip),
        chip=_listed(chip - software),
        late=_marked(content, "late_spikes", sample, population),
        dropped=_marked(content, "dropped_spikes", sample, population),
        compared=entry["software"] is not None,
    )


def _marked(content: Any, name: str, sample: int, population: str) -> list[Event]:
    loop = content["result"].get("loop")
    found = loop.get(name) if isinstance(loop, Mapping) else None
    if not isinstance(found, list):
        return []
    return sorted(
        (int(spike["step"]), int(spike["neuron"]))
        for spike in found
        if spike["population"] == population and int(spike["sample"]) == sample
    )


def _counted(events: Mapping[str, list[int]]) -> Counter[Event]:
    return Counter(zip(events["step"], events["neuron"], strict=True))


def _listed(events: Counter[Event]) -> list[Event]:
    return sorted(events.elements())
