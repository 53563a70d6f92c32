"""A share of the synapses of a network taken away, smallest weights first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from polychrony.hardware.adapt.select import select
from polychrony.hardware.errors import HardwareError
from polychrony.snn.graph import NetworkGraph, Projection

Scope = Literal["network", "projection"]


@dataclass(frozen=True)
class Thinned:
    """What one projection lost.

    Args:
        projection: `source->target`.
        synapses: synapses before.
        dropped: synapses that are gone.
        weight_share: share of the total |weight| that went with them, 0 to 1.
        silent: target neurons that have lost their last synapse of this projection.
    """

    projection: str
    synapses: int
    dropped: int
    weight_share: float
    silent: int


@dataclass(frozen=True)
class Thinning:
    """What pruning by magnitude took away.

    Args:
        share: share of the synapses that was to go.
        scope: what it was counted over.
        projections: losses of each projection that was looked at.
    """

    share: float
    scope: Scope
    projections: tuple[Thinned, ...]

    @property
    def dropped(self) -> int:
        """Synapses that are gone."""
        return sum(lost.dropped for lost in self.projections)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        losses = [vars(lost) for lost in self.projections]
        return {"share": self.share, "scope": self.scope, "projections": losses}


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
    if not 0 <= share <= 1:
        raise HardwareError(f"share is {share}; it must lie between 0 and 1")
    if scope not in get_args(Scope):
        raise HardwareError(f"scope is {scope!r}; use 'network' or 'projection'")
    known = {p.label for p in graph.projections} | {p.target for p in graph.projections}
    if unknown := set(skip) - known:
        raise HardwareError(
            f"skip names {sorted(unknown)[0]!r}; there are: {', '.join(sorted(known))}"
        )
    projections = list(graph.projections)
    places = [i for i, p in enumerate(projections) if not {p.label, p.target} & set(skip)]
    groups = [places] if scope == "network" else [[i] for i in places]
    losses = []
    for group in groups:
        sizes = [np.abs(projections[i].weight.astype(np.float64)) for i in group]
        ends = np.cumsum([len(size) for size in sizes])[:-1]
        for i, gone in zip(group, np.split(_smallest(sizes, share), ends), strict=True):
            kept = select(projections[i], ~gone)
            losses.append(_loss(projections[i], kept, gone))
            projections[i] = kept
    pruned = NetworkGraph(graph.populations, tuple(projections), graph.dt)
    return pruned, Thinning(share, scope, tuple(losses))


def _smallest(sizes: list[npt.NDArray[np.float64]], share: float) -> npt.NDArray[np.bool_]:
    joined = np.concatenate(sizes) if sizes else np.zeros(0)
    gone = np.zeros(len(joined), bool)
    gone[np.argsort(joined, kind="stable")[: round(share * len(joined))]] = True
    return gone


def _loss(before: Projection, after: Projection, gone: npt.NDArray[np.bool_]) -> Thinned:
    size = np.abs(before.weight.astype(np.float64))
    heard = len(np.unique(before.post)) - len(np.unique(after.post))
    share = float(size[gone].sum() / (size.sum() or 1.0))
    return Thinned(before.label, len(gone), int(gone.sum()), share, heard)
