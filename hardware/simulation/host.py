"""Readouts that the host runs, because it cannot read potentials on the chip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.snn.graph import NetworkGraph, Population
from polychrony.snn.simulate import simulate

Array = npt.NDArray[Any]


def run_host(
    graph: NetworkGraph, name: str, spikes: Mapping[str, Array]
) -> npt.NDArray[np.float32]:
    """Run a readout in software, on the spikes that leave the chip.

    Args:
        graph: the network in real numbers.
        name: a population of kind `"li"`.
        spikes: counts of each source, [T, B, N].

    Returns:
        Potentials, V, [T, B, N].
    """
    projections = graph.incoming(name)
    # Without synapses, some input still has to say how many steps and samples there are.
    sources = {p.source for p in projections} or {next(iter(spikes))}
    inputs = tuple(Population(source, graph[source].size, "input") for source in sorted(sources))
    part = NetworkGraph((*inputs, graph[name]), projections, graph.dt)
    return simulate(part, {source: spikes[source] for source in sources}).potentials[name]
