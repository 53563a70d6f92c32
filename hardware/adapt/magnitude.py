"""A share of the synapses of a network taken away, smallest weights first."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from polychrony.hardware.adapt.select import select
from polychrony.hardware.adapt.thinning import Thinning, check_share, loss, places
from polychrony.hardware.errors import HardwareError
from polychrony.snn.graph import NetworkGraph

Scope = Literal["network", "projection"]


def prune_magnitude(
    graph: NetworkGraph,
    share: float,
    *,
    scope: Scope = "network",
    skip: Collection[str] = (),
) -> tuple[NetworkGraph, Thinning]:
    """Drop the synapses of smallest |weight| from a network, before it is mapped.

    round(share * synapses) of them go; of equal weights the last stays. Over the `"network"`, the
    largest weights stay wherever they are, so that layers of small weights lose most; over each
    `"projection"`, every layer loses the same share.

    Args:
        graph: the network; it is not changed.
        share: share of the synapses that goes, 0 to 1.
        scope: what the share is counted over, `"network"` or `"projection"`.
        skip: projections that keep all, as `source->target`, and populations whose incoming
            projections do.

    Returns:
        The network with fewer synapses, and what each projection lost.

    Raises:
        HardwareError: the share is not within 0 and 1, the scope is unknown, or nothing bears a
            name to skip.
    """
    check_share(share)
    if scope not in get_args(Scope):
        raise HardwareError(f"scope is {scope!r}; use 'network' or 'projection'")
    projections = list(graph.projections)
    looked_at = places(graph, skip)
    groups = [looked_at] if scope == "network" else [[i] for i in looked_at]
    losses = []
    for group in groups:
        sizes = [np.abs(projections[i].weight.astype(np.float64)) for i in group]
        ends = np.cumsum([len(size) for size in sizes])[:-1]
        for i, gone in zip(group, np.split(_smallest(sizes, share), ends), strict=True):
            kept = select(projections[i], ~gone)
            losses.append(loss(projections[i], kept, gone))
            projections[i] = kept
    pruned = NetworkGraph(graph.populations, tuple(projections), graph.dt)
    return pruned, Thinning(share, scope, tuple(losses))


def _smallest(sizes: list[npt.NDArray[np.float64]], share: float) -> npt.NDArray[np.bool_]:
    joined = np.concatenate(sizes) if sizes else np.zeros(0)
    gone = np.zeros(len(joined), bool)
    gone[np.argsort(joined, kind="stable")[: round(share * len(joined))]] = True
    return gone
