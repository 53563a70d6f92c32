"""What a network asks of a chip that the chip cannot give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import ChipLimitError
from polychrony.hardware.numbers import AxonTypeNumbers
from polychrony.hardware.shifts import loop_violations
from polychrony.hardware.violation import Violation
from polychrony.snn.graph import NetworkGraph, Population, Projection


def on_chip(population: Population, chip: Chip) -> bool:
    """Whether a population runs on the chip: inputs never do, readouts only where it can be read.

    Args:
        population: the population.
        chip: the chip.
    """
    return population.kind == "lif" or (population.kind == "li" and chip.readable_potential)


def reach(chip: Chip) -> int:
    """Longest delay that the software's synapses may have, steps.

    Where a spike takes at least `delay_min` steps, every layer is that much later on the chip, and
    its delays that much longer. Loops are not, see `polychrony.hardware.shifts`.
    """
    return chip.delay_max - chip.delay_min


def _named(projection: Projection, too_long: npt.NDArray[np.bool_]) -> str:
    first = np.flatnonzero(too_long)[:3]
    named = [f"{projection.pre[s]}->{projection.post[s]}" for s in first]
    return ", ".join(named) + (", ..." if too_long.sum() > len(first) else "")


def _delays(projection: Projection, chip: Chip) -> Iterator[Violation]:
    too_long = projection.delay > reach(chip)
    if too_long.any():
        yield Violation(
            projection.label,
            "longest delay",
            f"{projection.max_delay} steps ({too_long.sum()} of {projection.n_synapses} synapses "
            f"exceed), first {_named(projection, too_long)}",
            f"{reach(chip)} steps",
            "use longer steps or a smaller maximal delay, or build relay neurons (relays)",
        )


def _reset(population: Population, chip: Chip) -> Iterator[Violation]:
    if population.kind != "lif" or population.v_reset == 0.0:
        return
    soft = population.v_reset is None
    subtracts = isinstance(chip.numbers, AxonTypeNumbers) and chip.numbers.linear_reset
    if soft and subtracts:
        return
    yield Violation(
        population.name,
        "reset after a spike",
        "soft (by subtraction)" if soft else f"to {population.v_reset} V",
        "a hard reset to 0 V" + (", or by subtraction" if subtracts else ""),
        "train with v_reset=0.0",
    )


def _spike_bits(population: Population) -> Iterator[Violation]:
    levels = 1 if population.resolution is None else population.resolution.levels
    if levels > 1:
        yield Violation(
            population.name,
            "bits of a spike",
            f"{levels.bit_length()} (spikes of 0 to {levels})",
            "1: spikes with a value are not modelled on any chip",
            "train with --spike-bits 1 (quantize(spikes=1))",
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
    limits = [(sources, chip.axons_in_per_core, "number of neurons that one neuron listens to")]
    if chip.synapse_bits and chip.synaptic_memory_bits is not None:
        memory = chip.synaptic_memory_bits // chip.synapse_bits
        limits.append((synapses, memory, "number of synapses of one neuron"))
    if chip.fan_in is not None:
        limits.append((synapses, chip.fan_in, "number of synapses of one neuron"))
    for value, allowed, limit in limits:
        if value.max() > allowed:
            yield Violation(
                population.name,
                limit,
                f"{value.max()} (neuron {value.argmax()})",
                f"{allowed} on one core of {chip.name}",
                "prune synapses or split the layer",
            )


def violations(
    graph: NetworkGraph, chip: Chip, *, made: Sequence[str] = ()
) -> tuple[Violation, ...]:
    """Every limit of a chip that a network exceeds, as far as it does not depend on the mapping.

    Args:
        graph: the network.
        chip: the chip.
        made: populations of relays, whose neurons delay spikes themselves.

    Returns:
        The violations; none if the network may fit.
    """
    found: list[Violation] = []
    found += loop_violations(graph, chip)
    for index, projection in enumerate(graph.projections):
        if chip.delay_min and index in graph.looped:
            continue
        # A host can send later; on a chip whose synapses hold the delays it has no part in them.
        late = graph[projection.source].kind == "input" and chip.delay_of != "synapse"
        hosted = not on_chip(graph[projection.target], chip)
        if not late and not hosted and projection.target not in made:
            found += _delays(projection, chip)
    placed = [population for population in graph if on_chip(population, chip)]
    for population in placed:
        found += _spike_bits(population)
        found += _reset(population, chip)
        found += _fan_in(graph, population, chip)
    neurons = sum(population.size for population in placed)
    if neurons > chip.n_neurons:
        largest = max(placed, key=lambda population: population.size)
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


def check(graph: NetworkGraph, chip: Chip, *, made: Sequence[str] = ()) -> None:
    """Refuse a network that exceeds a limit of a chip.

    Args:
        graph: the network.
        chip: the chip.
        made: populations of relays, whose neurons delay spikes themselves.

    Raises:
        ChipLimitError: names every limit exceeded, where, by how much, and what to do.
    """
    found = violations(graph, chip, made=made)
    if found:
        raise ChipLimitError(found)
