"""Cut populations into slices that each fit on one core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import ChipLimitError
from polychrony.hardware.limits import check, on_chip
from polychrony.hardware.mapping.axons import AxonTypes
from polychrony.hardware.mapping.fan_out import FanOut, fan_out
from polychrony.hardware.mapping.incoming import Incoming, incoming
from polychrony.hardware.mapping.slices import CoreSlice, Filling, Usage
from polychrony.hardware.violation import Violation
from polychrony.snn.graph import NetworkGraph

IntArray = npt.NDArray[np.int64]


def copies_needed(fans: FanOut, tile: IntArray, chip: Chip) -> IntArray:
    """Neurons that each neuron of the network takes so that its spikes reach all targets.

    A neuron of TrueNorth sends to one axon, so one that must reach n axons takes n neurons with
    the same inputs; a neuron of DYNAP-SE sends to four chips.

    Args:
        fans: edges of the population.
        tile: which tile each core lies in, or which cores share one, [C].
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


def tile_groups(slices: Sequence[CoreSlice]) -> IntArray:
    """Number shared by the cores that lie in one tile, of each core, [C]."""
    groups = np.zeros(1 + max((part.core for part in slices), default=-1), np.int64)
    for part in slices:
        groups[part.core] = part.group
    return groups


class _Cutting:
    """Cores in the order in which they are filled, which is against the flow of spikes.

    Args:
        graph: the network.
        chip: the chip.
        types: type of each synapse's axon per projection.
        shared: populations that may share cores with each other.
    """

    def __init__(
        self,
        graph: NetworkGraph,
        chip: Chip,
        types: AxonTypes,
        shared: Sequence[str],
    ) -> None:
        self.graph, self.chip, self.types, self.shared = graph, chip, types, shared
        self.slices: list[CoreSlice] = []
        self._least: dict[str, tuple[IntArray, IntArray]] = {}

    def cut(self) -> None:
        """Cut all populations.

        What leaves a core depends on how its targets are cut, so that they come first. Those of a
        loop cannot: all are cut again and again, each time as if targets that are yet to come were
        cut as before, until nothing changes. A neuron keeps the most copies and edges that it has
        needed, so that this has an end.
        """
        before: list[CoreSlice] | None = None
        while self.slices != before:
            before = self.slices
            self._expected = before
            self.blocks: list[list[CoreSlice]] = []
            self.used: list[Usage] = []
            self._open: Filling | None = None  # a core of populations that share cores
            for population in reversed(self.graph.order()):
                if on_chip(population, self.chip):
                    self._add(population.name)
            self.slices = [part for block in self.blocks for part in block]
            if not self.graph.has_loops:
                break

    def _add(self, name: str) -> None:
        """Fill one core after the other, neuron by neuron, under all of its limits at once."""
        copies, edges = self._leaving(name)
        self.blocks.append([])
        synapses = incoming(self.graph, name, self.chip, self.types)
        core = self._first(name, synapses)
        for neuron in range(self.graph[name].size):
            if not core.take(neuron, int(copies[neuron]), int(edges[neuron])):
                self._keep(core)
                core = Filling(self.chip, name, neuron, synapses, len(self.used))
                core.take(neuron, int(copies[neuron]), int(edges[neuron]))
        self._keep(core)
        if name in self.shared:
            self._open = core

    def _leaving(self, name: str) -> tuple[IntArray, IntArray]:
        """Copies and edges of each neuron of a population, [N] each."""
        targets = [part for block in self.blocks for part in block]
        known = {part.population for part in targets}
        targets += [part for part in self._expected if part.population not in known]
        fans = fan_out(self.graph, name, targets, self.chip, self.types)
        n_cores = 1 + max((part.core for part in targets), default=-1)
        tiles = np.arange(n_cores) // self.chip.cores_per_tile
        copies, edges = copies_needed(fans, tiles, self.chip), np.diff(fans.row_ptr)
        if name in self._least:
            most, widest = self._least[name]
            copies, edges = np.maximum(copies, most), np.maximum(edges, widest)
        self._least[name] = copies, edges
        return copies, edges

    def _first(self, name: str, synapses: Incoming) -> Filling:
        if name in self.shared and self._open is not None:
            last = self._open
            used = self.used[last.core]
            return Filling(self.chip, name, 0, synapses, last.core, used, last.heard)
        return Filling(self.chip, name, 0, synapses, len(self.used))

    def _keep(self, core: Filling) -> None:
        if core.start == core.stop:
            return
        self.blocks[-1].append(core.done())
        if core.core < len(self.used):
            self.used[core.core] += core.usage
        else:
            self.used.append(core.usage)

    def done(self) -> tuple[CoreSlice, ...]:
        """All slices in the order in which spikes flow, and cores numbered likewise."""
        slices = [part for block in reversed(self.blocks) for part in block]
        number = {core: k for k, core in enumerate(dict.fromkeys(part.core for part in slices))}
        tile = self.chip.cores_per_tile
        return tuple(
            replace(part, core=number[part.core], group=part.core // tile) for part in slices
        )


def _check_cores(
    graph: NetworkGraph, chip: Chip, slices: Sequence[CoreSlice], n_cores: int
) -> None:
    if n_cores <= chip.n_cores:
        return
    counts = {p.name: sum(s.population == p.name for s in slices) for p in graph}
    most = max(counts, key=lambda name: counts[name])
    many = f"{chip.chips.n_tiles} chips of" if chip.chips.n_tiles > 1 else "one"
    raise ChipLimitError(
        (
            Violation(
                "network",
                "number of cores",
                f"{n_cores} (most for {most!r}: {counts[most]})",
                f"{chip.n_cores} on {many} {chip.name}",
                "use smaller layers, fewer synapses or shorter delays",
            ),
        )
    )


def partition(
    graph: NetworkGraph,
    chip: Chip,
    types: AxonTypes = None,
    *,
    relays: Sequence[str] = (),
    shared: Sequence[str] = (),
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
        relays: populations whose neurons delay spikes themselves.
        shared: populations that may share cores with each other, such as relays and mergers.

    Returns:
        Slices, in the order in which spikes flow, with the numbers of their cores.

    Raises:
        ChipLimitError: the network exceeds a limit, or needs more cores than there are.
    """
    check(graph, chip, made=relays)
    cutting = _Cutting(graph, chip, types, shared)
    cutting.cut()
    slices = cutting.done()
    _check_cores(graph, chip, slices, len(cutting.used))
    return slices
