"""Parts of projections, and neurons that pass a spike on."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.snn.graph import Population, Projection

Array = npt.NDArray[Any]


def select(projection: Projection, chosen: Array) -> Projection:
    """The synapses of a projection that a mask or an index picks, in that order."""
    return Projection(
        projection.source,
        projection.target,
        projection.pre[chosen],
        projection.post[chosen],
        projection.weight[chosen],
        projection.delay[chosen],
    )


def passing(name: str, size: int) -> Population:
    """Neurons that fire in every step in which a synapse of weight 1 brings them a spike.

    Args:
        name: name of the population.
        size: number of neurons.

    Returns:
        LIF neurons without memory (decay 0), with threshold 0.5 V and reset to 0 V.
    """
    forgets, threshold = np.zeros((), np.float32), np.full((), 0.5, np.float32)
    return Population(name, size, "lif", forgets, threshold, v_reset=0.0)


def rank_in_group(group: Array, key: Array) -> Array:
    """Place of each entry within its group when the group is sorted by key; ties keep their order.

    Args:
        group: group of each entry, whole numbers from 0, [S].
        key: what groups are sorted by, ascending, [S].

    Returns:
        Rank from 0, int64 [S].
    """
    order = np.lexsort((key, group))
    start = np.concatenate([[0], np.cumsum(np.bincount(group))])
    rank = np.empty(len(group), np.int64)
    rank[order] = np.arange(len(group)) - start[group[order]]
    return rank
