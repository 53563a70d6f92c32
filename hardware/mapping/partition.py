"""Cut populations into slices that each fit on one core."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import ChipLimitError
from polychrony.hardware.limits import check, on_chip
from polychrony.hardware.mapping.axons import AxonTypes
from polychrony.hardware.mapping.fan_out import FanOut, fan_out
from polychrony.hardware.mapping.incoming import incoming
from polychrony.hardware.mapping.slices import CoreSlice, Filling
from polychrony.hardware.violation import Violation
from polychrony.snn.graph import NetworkGraph

IntArray = npt.NDArray[np.int64]


def copies_needed(fans: FanOut, tile: IntArray, chip: Chip) -> IntArray:
    """Neurons that each neuron of the network takes so that its spikes reach all targets.

    A neuron of TrueNorth sends to one axon, so one that must reach n axons takes n neurons with
    the same inputs; a neuron of DYNAP-SE sends to four chips.

    Args:
        fans: edges of the population.
        tile: group of cores that share a tile, of each core, [C].
        chip: the chip.

    Returns:
        At least 1 for each neuron, [N].
    """
    n = len(fans.row_ptr) - 1
    if chip.destinations_per_neuron is None:
        return np.ones(n, np.int64)
    if chip.router.multicast:
        places = np.unique(fans.neuron * (tile.max(initial=0) + 1) + tile[fans.core])
        wanted = np.bincount(places // (tile.max(initial=0) + 1), minlength=n)
    else:
        wanted = np.bincount(fans.neuron, fans.messages, minlength=n).astype(np.int64)
    return np.asarray(np.maximum(1, -(-wanted // chip.destinations_per_neuron)))


def tile_groups(n_cores: int, chip: Chip) -> IntArray:
    """Which cores share a tile, counted from the last core, since targets are cut first, [C]."""
    return (np.arange(n_cores)[::-1] // chip.cores_per_tile).astype(np.int64)


def _slices(
    graph: NetworkGraph, name: str, done: Sequence[CoreSlice], chip: Chip, types: AxonTypes
) -> list[CoreSlice]:
    """Fill one core after the other, neuron by neuron, under all of its limits at once."""
    fans = fan_out(graph, name, done, chip, types)
    copies = copies_needed(fans, tile_groups(len(done), chip), chip)
    edges = np.diff(fans.row_ptr)
    synapses = incoming(graph, name, chip, types)
    made: list[CoreSlice] = []
    core = Filling(chip, name, 0, synapses)
    for neuron in range(graph[name].size):
        if not core.take(neuron, int(copies[neuron]), int(edges[neuron])):
            made.append(core.done())
            core = Filling(chip, name, neuron, synapses)
            core.take(neuron, int(copies[neuron]), int(edges[neuron]))
    return [*made, core.done()]


def partition(
    graph: NetworkGraph, chip: Chip, types: AxonTypes = None, *, made: Sequence[str] = ()
) -> tuple[CoreSlice, ...]:
    """Cut a network into slices, one per core.

    A core holds neighbouring neurons of one population, as many as its neurons, axons in and out
    and synaptic memory allow together. Where synapses are kept as a list, one takes the bits of
    its weight, its delay and the index of its neuron (derived; Loihi's packed formats are not
    published in full).

    Args:
        graph: the network.
        chip: the chip.
        types: type of each synapse's axon per projection, as quantization chose it.
        made: populations of relays, whose neurons delay spikes themselves.

    Returns:
        Slices, in the order in which spikes flow.

    Raises:
        ChipLimitError: the network exceeds a limit, or needs more cores than there are.
    """
    check(graph, chip, made=made)
    slices: list[CoreSlice] = []
    # Backwards, since what leaves a core depends on how its targets are cut.
    for population in reversed(graph.order()):
        if on_chip(population, chip):
            slices = _slices(graph, population.name, slices, chip, types) + slices
    if len(slices) > chip.n_cores:
        counts = {p.name: sum(s.population == p.name for s in slices) for p in graph}
        most = max(counts, key=lambda name: counts[name])
        many = f"{chip.chips.n_tiles} chips of" if chip.chips.n_tiles > 1 else "one"
        raise ChipLimitError(
            (
                Violation(
                    "network",
                    "number of cores",
                    f"{len(slices)} (most for {most!r}: {counts[most]})",
                    f"{chip.n_cores} on {many} {chip.name}",
                    "use smaller layers, fewer synapses or shorter delays",
                ),
            )
        )
    return tuple(slices)
