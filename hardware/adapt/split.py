"""More inputs than a neuron can have, through neurons that merge spikes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from polychrony.hardware.adapt.chunks import chunks_to_merge
from polychrony.hardware.adapt.select import Array, passing
from polychrony.hardware.errors import HardwareError
from polychrony.snn.graph import NetworkGraph, Population, Projection


@dataclass(frozen=True)
class Split:
    """What became of one population.

    Args:
        neurons: neurons that had too many synapses.
        mergers: neurons made for them.
        synapses_merged: synapses that lead to a merger now.
        weight_max: largest error of a weight, as a fraction of the largest weight.
        weight_rms: root mean square of the errors of all its synapses, likewise.
    """

    neurons: int
    mergers: int
    synapses_merged: int
    weight_max: float
    weight_rms: float


@dataclass(frozen=True)
class Splitting:
    """What splitting did.

    Args:
        limit: synapses that a neuron may have.
        populations: what became of each population that had neurons with more.
        made: names of the populations made.
    """

    limit: int
    populations: Mapping[str, Split]
    made: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        splits = {name: asdict(split) for name, split in self.populations.items()}
        return {"limit_synapses": self.limit, "populations": splits}


class _Fan:
    """Synapses of one population while they are merged, level by level.

    `feeder` is the place of the projection that a synapse came from, or -k if it starts from the
    mergers of level k. `owner` tells which synapse stands for each of the first ones.
    """

    def __init__(self, graph: NetworkGraph, target: str) -> None:
        self.graph, self.target = graph, target
        self.sources = [i for i, p in enumerate(graph.projections) if p.target == target]
        feeds = [graph.projections[i] for i in self.sources]
        self.feeder = np.repeat(self.sources, [p.n_synapses for p in feeds])
        self.pre, self.post, self.delay = (
            np.concatenate([getattr(p, key) for p in feeds]).astype(np.int64)
            for key in ("pre", "post", "delay")
        )
        self.weight = np.concatenate([p.weight for p in feeds]).astype(np.float64)
        self.stands_for = np.ones(len(self.weight), np.int64)
        self.first, self.owner = self.weight, np.arange(len(self.weight))
        self.crowded = 0
        self.populations: list[Population] = []
        self.projections: list[Projection] = []

    def split(self, limit: int) -> bool:
        """Merge one level; False if no neuron has more than `limit` synapses."""
        fan_in = np.bincount(self.post, minlength=self.graph[self.target].size)
        crowded = np.flatnonzero(fan_in > limit)
        if not crowded.size:
            return False
        self.crowded = max(self.crowded, len(crowded))
        by_neuron = np.argsort(self.post, kind="stable")
        start = np.concatenate([[0], np.cumsum(fan_in)])
        merged: list[tuple[int, Array]] = []
        for j in crowded:
            mine = by_neuron[start[j] : start[j + 1]]
            merged += [(int(j), mine[c]) for c in chunks_to_merge(self.weight[mine], limit)]
        self._merge(merged)
        return True

    def _merge(self, merged: list[tuple[int, Array]]) -> None:
        level, n = len(self.populations) + 1, len(merged)
        name = f"{self.target}.merge{level if level > 1 else ''}"
        self.populations.append(passing(name, n))
        members = np.concatenate([chunk for _, chunk in merged])
        merger = np.repeat(np.arange(n), [len(chunk) for _, chunk in merged])
        self._connect(members, merger, name, np.ones(len(members)))
        count = self.stands_for[members]
        total = np.bincount(merger, count)
        kept = np.ones(len(self.post), bool)
        kept[members] = False
        new_place = np.cumsum(kept) - 1
        new_place[members] = kept.sum() + merger
        self.owner = new_place[self.owner]
        mean = np.bincount(merger, self.weight[members] * count) / total
        joined = (
            ("feeder", np.full(n, -level)),
            ("pre", np.arange(n)),
            ("post", np.array([j for j, _ in merged])),
            ("delay", np.zeros(n, np.int64)),
            ("weight", mean),
            ("stands_for", total.astype(np.int64)),
        )
        for key, values in joined:
            setattr(self, key, np.concatenate([getattr(self, key)[kept], values]))

    def _connect(self, chosen: Array, post: Array, target: str, weight: Array) -> None:
        """Projections to `target` from whatever feeds the chosen synapses."""
        feeder = self.feeder[chosen]
        for place in np.unique(feeder):
            here = feeder == place
            if place < 0:
                source = self.populations[-place - 1].name
            else:
                source = self.graph.projections[place].source
            self.projections.append(
                Projection(
                    source,
                    target,
                    self.pre[chosen][here].astype(np.int32),
                    post[here].astype(np.int32),
                    weight[here].astype(np.float32),
                    self.delay[chosen][here].astype(np.int32),
                )
            )

    def finish(self) -> Split:
        """Connect what is left with the population itself, and tell the errors."""
        every = np.arange(len(self.post))
        self._connect(every, self.post, self.target, self.weight)
        largest = float(np.abs(self.first).max()) or 1.0
        off = (self.weight.astype(np.float32)[self.owner] - self.first) / largest
        return Split(
            neurons=self.crowded,
            mergers=sum(population.size for population in self.populations),
            synapses_merged=int((self.feeder[self.owner] < 0).sum()),
            weight_max=float(np.abs(off).max()),
            weight_rms=float(np.sqrt(np.mean(off**2))),
        )


def split_fan_in(
    graph: NetworkGraph, limit: int, *, skip: Collection[str] = ()
) -> tuple[NetworkGraph, Splitting]:
    """Give neurons with more than `limit` synapses mergers, which share a weight.

    A merger fires when any of its inputs does, and one synapse of the mean of their weights joins
    it to the neuron. The weakest synapses are merged, as few as make room, sorted by weight and
    cut into chunks of one sign; the others keep a synapse of their own. Where a level of mergers
    is not enough, mergers are merged in turn.

    This is not exact: weights of a chunk become one, and spikes that meet in one step at a merger
    become one.

    It differs from unrolling a neuron into a chain whose every unit passes on whatever its inputs
    and the unit before it fire: this is a tree, and what is grouped has similar weights.

    Args:
        graph: the network.
        limit: synapses that a neuron may have, at least 2.
        skip: populations without a limit, because they run on the host.

    Returns:
        The network with mergers named `<target>.merge`, further levels `.merge2` and so on, and
        what was made.

    Raises:
        HardwareError: the limit is below 2.

    Reference:
        The chain is the spatial decomposition of arXiv:2009.09298.
    """
    if limit < 2:
        raise HardwareError(f"limit is {limit} synapses per neuron, at least 2 are needed to split")
    populations, projections = list(graph.populations), list(graph.projections)
    splits = {}
    made: list[str] = []
    for population in graph:
        if population.name in skip or not graph.incoming(population.name):
            continue
        fan = _Fan(graph, population.name)
        while fan.split(limit):
            pass
        if fan.populations:
            splits[population.name] = fan.finish()
            populations += fan.populations
            projections = [p for p in projections if p.target != population.name]
            projections += fan.projections
            made += [merger.name for merger in fan.populations]
    record = Splitting(limit, splits, tuple(made))
    return NetworkGraph(tuple(populations), tuple(projections), graph.dt), record
