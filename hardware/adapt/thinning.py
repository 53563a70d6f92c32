"""What pruning a share of the synapses took away."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.snn.graph import NetworkGraph, Projection


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
class Protected:
    """Neurons of one population whose synapses go last.

    Args:
        neurons: neurons of the population.
        meet_irreducible: those of them that are meet-irreducible.
        threshold: least |weight| of a synapse that makes one neuron depend on another, V; None
            where no synapse has a weight.
    """

    neurons: int
    meet_irreducible: int
    threshold: float | None


@dataclass(frozen=True)
class Thinning:
    """What pruning took away.

    Args:
        share: share of the synapses that was to go.
        scope: what it was counted over.
        projections: losses of each projection that was looked at.
        criterion: what decided which synapses go.
        protected: neurons whose synapses go last, by population.
    """

    share: float
    scope: str
    projections: tuple[Thinned, ...]
    criterion: str = "magnitude"
    protected: Mapping[str, Protected] = field(default_factory=dict)

    @property
    def dropped(self) -> int:
        """Synapses that are gone."""
        return sum(lost.dropped for lost in self.projections)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        found = {
            "share": self.share,
            "scope": self.scope,
            "criterion": self.criterion,
            "projections": [vars(lost) for lost in self.projections],
        }
        if self.protected:
            found["protected"] = {name: vars(held) for name, held in self.protected.items()}
        return found


def check_share(share: float) -> None:
    """Raises HardwareError where a share does not lie between 0 and 1."""
    if not 0 <= share <= 1:
        raise HardwareError(f"share is {share}; it must lie between 0 and 1")


def places(graph: NetworkGraph, skip: Collection[str]) -> list[int]:
    """Numbers of the projections that are not skipped.

    Args:
        graph: the network.
        skip: projections, as `source->target`, and populations, for all that end in them.

    Raises:
        HardwareError: nothing bears a name to skip.
    """
    known = {p.label for p in graph.projections} | {p.target for p in graph.projections}
    if unknown := set(skip) - known:
        raise HardwareError(
            f"skip names {sorted(unknown)[0]!r}; there are: {', '.join(sorted(known))}"
        )
    return [i for i, p in enumerate(graph.projections) if not {p.label, p.target} & set(skip)]


def loss(before: Projection, after: Projection, gone: npt.NDArray[np.bool_]) -> Thinned:
    """What a projection lost.

    Args:
        before: the projection with all its synapses.
        after: what is left of it.
        gone: which synapses went, [S].
    """
    size = np.abs(before.weight.astype(np.float64))
    silent = len(np.unique(before.post)) - len(np.unique(after.post))
    share = float(size[gone].sum() / (size.sum() or 1.0))
    return Thinned(before.label, len(gone), int(gone.sum()), share, silent)
