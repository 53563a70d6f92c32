"""A share of the recurrent synapses taken away, those of meet-irreducible neurons last."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from polychrony.hardware.adapt.poset import meet_irreducible
from polychrony.hardware.adapt.select import select
from polychrony.hardware.adapt.thinning import Protected, Thinning, check_share, loss, places
from polychrony.hardware.errors import HardwareError
from polychrony.snn.graph import NetworkGraph, Projection

Sizes = npt.NDArray[np.float64]
Neurons = npt.NDArray[np.int32]


def prune_lattice(
    graph: NetworkGraph,
    share: float,
    *,
    threshold: float | None = None,
    skip: Collection[str] = (),
) -> tuple[NetworkGraph, Thinning]:
    """Drop recurrent synapses between neurons that are not meet-irreducible, before mapping.

    In each population that hears itself, neuron j depends on neuron i where |w_ij| >= threshold;
    this binary adjacency makes the neurons a partially ordered set, see `meet_irreducible`.
    Synapses without a meet-irreducible neuron at either end go first, the others after them, both
    smallest |weight| first, until round(share * recurrent synapses of the population) are gone.

    This follows the abstract of the publication, whose text was not at hand: the poset, the
    dependency lattice, the binary adjacency and the meet-irreducible neurons that are kept. Ours
    are that a synapse is kept for either of its ends, that the share is met exactly, weights
    deciding among synapses of one kind, and the threshold that is taken without one: of those
    that leave N/8, N/8 * sqrt(2), N/4, ... synapses, the one with most meet-irreducible elements,
    the largest of equals. (Not with most neurons: of many synapses nearly all neurons are one
    element.) The continuous-valued adjacency of the publication is not offered, nor are orders
    across layers.

    Args:
        graph: the network; it is not changed.
        share: share of the recurrent synapses of each population that goes, 0 to 1.
        threshold: least |weight| that makes one neuron depend on another, V; chosen without one.
        skip: projections that keep all, as `source->target`, and populations whose incoming
            projections do.

    Returns:
        The network with fewer synapses, and what each recurrent projection lost.

    Raises:
        HardwareError: the share is not within 0 and 1, the threshold not above 0, nothing bears a
            name to skip, or no population hears itself.

    References:
        R. Sengupta, "Lattice-Based Pruning in Recurrent Neural Networks via Poset Modeling",
        arXiv:2502.16525, abstract.
    """
    check_share(share)
    if threshold is not None and not threshold > 0:
        raise HardwareError(f"threshold is {threshold} V; it must be above 0")
    projections = list(graph.projections)
    looked_at = [i for i in places(graph, skip) if projections[i].source == projections[i].target]
    if not looked_at:
        raise HardwareError(
            "no population hears itself; the lattice is one of recurrent projections, prune others "
            "by magnitude"
        )
    losses, protected = [], {}
    for population in graph:
        group = [i for i in looked_at if projections[i].target == population.name]
        if not group:
            continue
        gone, held = _choose([projections[i] for i in group], population.size, share, threshold)
        protected[population.name] = held
        ends = np.cumsum([projections[i].n_synapses for i in group])[:-1]
        for i, lost in zip(group, np.split(gone, ends), strict=True):
            kept = select(projections[i], ~lost)
            losses.append(loss(projections[i], kept, lost))
            projections[i] = kept
    pruned = NetworkGraph(graph.populations, tuple(projections), graph.dt)
    return pruned, Thinning(share, "population", tuple(losses), "lattice", protected)


def _choose(
    group: list[Projection], neurons: int, share: float, threshold: float | None
) -> tuple[npt.NDArray[np.bool_], Protected]:
    """Which synapses of all recurrent projections of a population go."""
    pre, post = (np.concatenate([getattr(p, end) for p in group]) for end in ("pre", "post"))
    size = np.abs(np.concatenate([p.weight for p in group]).astype(np.float64))
    if threshold is None:
        threshold, kept = _most(pre, post, size, neurons)
    else:
        kept, _ = meet_irreducible(_edges(pre, post, size, neurons, threshold))
    gone = np.zeros(len(size), bool)
    order = np.lexsort((size, kept[pre] | kept[post]))
    gone[order[: round(share * len(size))]] = True
    return gone, Protected(neurons, int(kept.sum()), threshold)


def _most(
    pre: Neurons, post: Neurons, size: Sizes, neurons: int
) -> tuple[float | None, npt.NDArray[np.bool_]]:
    """The threshold with most meet-irreducible elements, and their neurons."""
    descending = np.sort(size[size > 0])[::-1]
    if not len(descending):
        return None, np.zeros(neurons, bool)
    steps = np.arange(2 * np.log2(8 * len(descending) / neurons) + 1)
    counts = np.unique(np.rint(neurons / 8 * 2 ** (steps / 2)).clip(1, len(descending)))
    tried = []
    for threshold in np.unique(descending[counts.astype(np.int64) - 1])[::-1]:
        kept, elements = meet_irreducible(_edges(pre, post, size, neurons, threshold))
        tried.append((elements, float(threshold), kept))
    _, chosen, kept = max(tried, key=lambda found: found[0])
    return chosen, kept


def _edges(
    pre: Neurons, post: Neurons, size: Sizes, neurons: int, threshold: float
) -> npt.NDArray[np.bool_]:
    strong = size >= threshold
    edges = np.zeros((neurons, neurons), bool)
    edges[pre[strong], post[strong]] = True
    return edges
