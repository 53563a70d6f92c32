"""A share of the synapses of a network taken away, by one criterion or another."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

from polychrony.hardware.adapt.lattice import prune_lattice
from polychrony.hardware.adapt.magnitude import prune_magnitude
from polychrony.hardware.adapt.thinning import Thinning
from polychrony.hardware.errors import HardwareError
from polychrony.snn.graph import NetworkGraph

Criterion = Literal["magnitude", "lattice"]
CRITERIA: tuple[str, ...] = get_args(Criterion)


def prune_share(
    graph: NetworkGraph,
    share: float,
    criterion: Criterion = "magnitude",
    *,
    skip: Collection[str] = (),
) -> tuple[NetworkGraph, Thinning]:
    """Drop a share of the synapses of a network, before it is mapped.

    Args:
        graph: the network; it is not changed.
        share: share that goes, 0 to 1: of all synapses by `"magnitude"`, of those of each
            population to itself by `"lattice"`.
        criterion: `"magnitude"`, see `prune_magnitude`, or `"lattice"`, see `prune_lattice`.
        skip: projections that keep all, as `source->target`, and populations whose incoming
            projections do.

    Returns:
        The network with fewer synapses, and what each projection lost.

    Raises:
        HardwareError: the criterion is unknown, or it refuses share, network or names to skip.
    """
    if criterion not in CRITERIA:
        raise HardwareError(f"criterion is {criterion!r}, allowed are {', '.join(CRITERIA)}")
    prune = prune_magnitude if criterion == "magnitude" else prune_lattice
    return prune(graph, share, skip=skip)
