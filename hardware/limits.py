"""What a network asks of a chip that the chip cannot give."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import ChipLimitError
from polychrony.hardware.violation import Violation
from polychrony.snn.graph import NetworkGraph, Population, Projection


def _delays(projection: Projection, chip: Chip) -> Iterator[Violation]:
    too_long = int((projection.delay > chip.delay_max).sum())
    if too_long:
        yield Violation(
            projection.label,
            "longest delay",
            f"{projection.max_delay} steps ({too_long} of {projection.n_synapses} synapses exceed)",
            f"{chip.delay_max} steps",
            "use longer steps or a smaller maximal delay",
        )


def _reset(population: Population) -> Iterator[Violation]:
    if population.kind != "lif" or population.v_reset == 0.0:
        return
    soft = population.v_reset is None
    yield Violation(
        population.name,
        "reset after a spike",
        "soft (by subtraction)" if soft else f"to {population.v_reset} V",
        "a hard reset to 0 V",
        "train with v_reset=0.0",
    )


def _fan_in(graph: NetworkGraph, population: Population, chip: Chip) -> Iterator[Violation]:
    synapses = np.zeros(population.size, np.int64)
    sources = np.zeros(population.size, np.int64)
    for name in {p.source for p in graph.incoming(population.name)}:
        pairs = [
            p.post.astype(np.int64) * graph[name].size + p.pre
            for p in graph.incoming(population.name)
            if p.source == name
        ]
        joined = np.concatenate(pairs)
        synapses += np.bincount(joined // graph[name].size, minlength=population.size)
        sources += np.bincount(np.unique(joined) // graph[name].size, minlength=population.size)
    memory = chip.synaptic_memory_bits // chip.synapse_bits
    for value, allowed, limit in (
        (sources, chip.axons_in_per_core, "number of neurons that one neuron listens to"),
        (synapses, memory, "number of synapses of one neuron"),
    ):
        if value.max() > allowed:
            yield Violation(
                population.name,
                limit,
                f"{value.max()} (neuron {value.argmax()})",
                f"{allowed} on one core of {chip.name}",
                "prune synapses or split the layer",
            )


def violations(graph: NetworkGraph, chip: Chip) -> tuple[Violation, ...]:
    """Every limit of a chip that a network exceeds, as far as it does not depend on the mapping.

    Args:
        graph: the network.
        chip: the chip.

    Returns:
        The violations; none if the network may fit.
    """
    found: list[Violation] = []
    for projection in graph.projections:
        found += _delays(projection, chip)
    on_chip = [population for population in graph if population.kind != "input"]
    for population in on_chip:
        found += _reset(population)
        found += _fan_in(graph, population, chip)
    neurons = sum(population.size for population in on_chip)
    if neurons > chip.n_neurons:
        largest = max(on_chip, key=lambda population: population.size)
        found.append(
            Violation(
                "network",
                "number of neurons",
                f"{neurons} (most in {largest.name!r}: {largest.size})",
                f"{chip.n_neurons} on one {chip.name}",
                "use fewer or smaller layers",
            )
        )
    return tuple(found)


def check(graph: NetworkGraph, chip: Chip) -> None:
    """Refuse a network that exceeds a limit of a chip.

    Args:
        graph: the network.
        chip: the chip.

    Raises:
        ChipLimitError: names every limit exceeded, where, by how much, and what to do.
    """
    found = violations(graph, chip)
    if found:
        raise ChipLimitError(found)
