"""Fewer synapses where a neuron has more than the chip gives it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from polychrony.hardware.adapt.select import rank_in_group, select
from polychrony.hardware.errors import HardwareError
from polychrony.snn.graph import NetworkGraph


@dataclass(frozen=True)
class Pruned:
    """What one population lost.

    Args:
        synapses: synapses before.
        dropped: synapses that are gone.
        weight_share: share of the total |weight| that went with them, 0 to 1.
        neurons: neurons that lost any.
    """

    synapses: int
    dropped: int
    weight_share: float
    neurons: int


@dataclass(frozen=True)
class Pruning:
    """What pruning took away.

    Args:
        limit: synapses that a neuron may have.
        populations: losses of each population that lost any.
    """

    limit: int
    populations: Mapping[str, Pruned]

    @property
    def made(self) -> tuple[str, ...]:
        """Names of the populations made: none."""
        return ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        losses = {name: asdict(lost) for name, lost in self.populations.items()}
        return {"limit_synapses": self.limit, "populations": losses}


def prune_fan_in(
    graph: NetworkGraph, limit: int, *, skip: Collection[str] = ()
) -> tuple[NetworkGraph, Pruning]:
    """Keep the synapses of largest |weight| of each neuron, counted over all its projections.

    Of equal weights the first stays.

    Args:
        graph: the network.
        limit: synapses that a neuron may have.
        skip: populations without a limit, because they run on the host.

    Returns:
        The network with fewer synapses, and what each population lost.

    Raises:
        HardwareError: the limit is below 1.
    """
    if limit < 1:
        raise HardwareError(f"limit is {limit} synapses per neuron, at least 1 is needed")
    projections = list(graph.projections)
    losses = {}
    for population in graph:
        places = [i for i, p in enumerate(projections) if p.target == population.name]
        if population.name in skip or not places:
            continue
        post = np.concatenate([projections[i].post for i in places])
        size = np.abs(np.concatenate([projections[i].weight for i in places]).astype(np.float64))
        gone = rank_in_group(post, -size) >= limit
        if not gone.any():
            continue
        total = size.sum() or 1.0
        losses[population.name] = Pruned(
            len(post), int(gone.sum()), float(size[gone].sum() / total), len(np.unique(post[gone]))
        )
        ends = np.cumsum([projections[i].n_synapses for i in places])[:-1]
        for i, lost in zip(places, np.split(gone, ends), strict=True):
            projections[i] = select(projections[i], ~lost)
    return NetworkGraph(graph.populations, tuple(projections), graph.dt), Pruning(limit, losses)
