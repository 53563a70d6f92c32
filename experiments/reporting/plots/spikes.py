"""Spikes of one sample in software and on the chip, sorted by where they occur."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Event = tuple[int, int]
"""Step and neuron."""

LATE = ("late", "late_spikes")
DROPPED = ("dropped", "dropped_spikes")


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
        content: the page's JSON. Where `result` has an entry `loop` with lists `late` and
            `dropped` of spikes (`sample`, `step`, `population`, `neuron`), these are marked.
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
        late=marked(content, LATE, sample, population),
        dropped=marked(content, DROPPED, sample, population),
        compared=entry["software"] is not None,
    )


def marked(content: Any, names: Sequence[str], sample: int, population: str) -> list[Event]:
    """Spikes of a list of the network on chip in the loop; none where there is no list."""
    loop = content["result"].get("loop")
    found = next((loop[n] for n in names if n in loop), None) if isinstance(loop, Mapping) else None
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
