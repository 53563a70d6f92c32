"""What a co-simulation on some chips costs: counts, and how they follow from its size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.planning.fit import durations, predicted

FAN_IN = 32
CORES, SPARE = 128, 2
GRAPH_BYTES = 16
"""A synapse of a graph: source, target, weight and delay, 4 bytes each."""
STAGES = ("prepare", "place", "software", "chip", "analytic", "queueing", "cycle")
_MOVES = (20_000, 2_000, 3_000_000)
"""Least, for each core, and most moves that annealing tries."""


@dataclass(frozen=True)
class Load:
    """Size of a network on chips, and what it did in one sample."""

    chips: float
    """Each holds a layer."""
    neurons: float
    synapses: float
    cores: float
    steps: float
    events: float
    """Synaptic operations."""
    messages: float
    hops: float

    @classmethod
    def of(cls, row: dict[str, Any]) -> Load:
        """That of a measured run."""
        return cls(**{name: float(row[name]) for name in cls.__dataclass_fields__})

    @property
    def visits(self) -> float:
        """Cores seen, as every population looks for its targets in all of them."""
        return self.cores * (self.chips + 2)

    @property
    def moves(self) -> float:
        """Moves of the placement."""
        least, each, most = _MOVES
        return min(max(least, each * self.cores), most)


def scaled(chips: int, neurons_per_core: int, like: Load) -> Load:
    """The load of more chips whose neurons do what those of a measured run did.

    Neurons, synapses, events, messages and hops go with the number of neurons: neighbours stay
    neighbours, however many chips there are.
    """
    cores = chips * (CORES - SPARE)
    neurons = float(cores * neurons_per_core)
    more = neurons / like.neurons
    return Load(
        chips,
        neurons,
        neurons * FAN_IN,
        cores + 1,
        like.steps,
        like.events * more,
        like.messages * more,
        like.hops * more,
    )


def counts(stage: str, load: Load) -> dict[str, float]:
    """What a stage does, by kind."""
    if stage == "prepare":  # fit, quantize, cut into cores
        return {"synapses": load.synapses, "neurons": load.neurons, "visits": load.visits}
    if stage == "place":
        return {"moves": load.moves, "pairs": load.cores**2, "synapses": load.synapses}
    if stage in ("software", "chip"):
        return {"events": load.events, "updates": load.neurons * load.steps}
    if stage == "analytic":  # routes of all synapses are worked out once, in the first mode
        return {"messages": load.messages, "synapses": load.synapses, "visits": load.visits}
    # That a hop takes longer in a larger mesh, as its side, is a fit without a derivation.
    return {"messages": load.messages, "hops x side": load.hops * load.cores**0.5}


def rates(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Seconds of each operation of each stage, from measured runs."""
    loads = [Load.of(row) for row in rows]
    return {
        stage: durations(
            [counts(stage, load) for load in loads], [row["seconds"][stage] for row in rows]
        )
        for stage in STAGES
    }


def seconds(load: Load, each: dict[str, dict[str, float]]) -> dict[str, float]:
    """CPU time of every stage, s."""
    return {stage: predicted(counts(stage, load), each[stage]) for stage in STAGES}


def level(row: dict[str, Any], each: dict[str, dict[str, float]]) -> dict[str, float]:
    """How many times longer than predicted each stage of a run took; placement is left at 1.

    Operations on longer lists of synapses take longer, each for itself: runs with layers as long as
    those of this one share its factor. What placement does goes with cores, of which it has few.
    """
    guess = seconds(Load.of(row), each)
    return {s: 1.0 if s == "place" else row["seconds"][s] / guess[s] for s in STAGES}


def fixed_bytes(load: Load) -> float:
    """Bytes that follow from shapes alone.

    The graph, 16 B a synapse; sums of currents of a step and neuron in 8 B, and its spike in 1 B,
    in software and on the chip; traffic from core to core, 8 B a pair; 10 counts of 8 B for each
    step and core.
    """
    return (
        GRAPH_BYTES * load.synapses
        + 2 * 9 * load.steps * load.neurons
        + 8 * load.cores**2
        + 80 * load.steps * load.cores
    )


def bytes_per_synapse(rows: Sequence[dict[str, Any]]) -> float:
    """Bytes of a synapse beside its row of the graph: the largest of the measured runs.

    They are copies in integers, sorted by source and by target, of which how many lie there at
    once depends on how the network is cut into populations.
    """
    loads = [Load.of(row) for row in rows]
    beside = (
        (float(row["bytes"]) - fixed_bytes(load)) / load.synapses
        for row, load in zip(rows, loads, strict=True)
    )
    return max(beside)
