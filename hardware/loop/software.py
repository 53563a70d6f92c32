"""Run of the real network in software, with spikes that arrive late."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.loop.late import LateSpikes
from polychrony.snn.activity import Activity
from polychrony.snn.graph import NetworkGraph, Population, Projection
from polychrony.snn.simulate import check_inputs, simulate

Array = npt.NDArray[Any]


def run_software(
    graph: NetworkGraph, inputs: Mapping[str, Array], late: LateSpikes | None = None
) -> Activity:
    """Run a network in real numbers, from rest.

    Args:
        graph: the network.
        inputs: spike counts of each input population, [T, B, N].
        late: spikes that arrive late; all in time without it.

    Returns:
        Spikes of every spiking population, and the potentials of the readouts.

    Raises:
        GraphError: the inputs do not fit the graph.
    """
    if late is None or not late.count:
        return simulate(graph, inputs)
    spikes: dict[str, Array] = dict(check_inputs(graph, inputs))
    potentials: dict[str, Array] = {}
    for population in graph.order():
        if population.kind != "input":
            part, sources = _alone(graph, population, spikes, late)
            found = simulate(part, sources)
            for kept, made in ((spikes, found.spikes), (potentials, found.potentials)):
                if population.name in made:
                    kept[population.name] = made[population.name]
    return Activity(graph.dt, spikes, potentials)


def _alone(
    graph: NetworkGraph, population: Population, spikes: Mapping[str, Array], late: LateSpikes
) -> tuple[NetworkGraph, dict[str, Array]]:
    """One population, and all that reaches it as inputs; what is late comes as another input."""
    sources: dict[str, Array] = {}
    projections = []
    for index, p in enumerate(graph.projections):
        if p.target != population.name:
            continue
        feeds = late.feeds(index, spikes[p.source])
        if feeds is None:
            sources[p.source] = spikes[p.source]
            projections.append(p)
            continue
        for number, feed in enumerate(feeds):
            name = f"{p.source}.{index}.{number}"
            sources[name] = np.ascontiguousarray(feed.counts)
            pre = np.repeat(np.arange(len(feed.row_ptr) - 1), np.diff(feed.row_ptr))
            projections.append(
                Projection(
                    name,
                    population.name,
                    pre.astype(np.int32),
                    p.post[feed.order],
                    p.weight[feed.order],
                    (p.delay[feed.order] + feed.ticks).astype(np.int32),
                )
            )
    if not sources:
        first = next(iter(spikes))
        sources[first] = spikes[first]
    inputs = tuple(Population(name, x.shape[2], "input") for name, x in sources.items())
    return NetworkGraph((*inputs, population), tuple(projections), graph.dt), sources
