"""A trained network with fewer synapses, and what it decides with all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.experiments.errors import UserError
from polychrony.hardware.adapt import Thinning, prune_share
from polychrony.hardware.adapt.criteria import Criterion
from polychrony.hardware.decision import decisions, find_readout
from polychrony.hardware.wilson import wilson
from polychrony.snn.graph import NetworkGraph, Projection
from polychrony.snn.simulate import simulate

Labels = npt.NDArray[np.int64]
Batch = tuple[npt.NDArray[np.uint8], Labels | None]


@dataclass(frozen=True)
class Prune:
    """How many synapses go before the network is put on a chip.

    Args:
        share: share of the synapses, 0 to 1; None for a network that stays as it is.
        by: what decides which go, see `prune_share`.
    """

    share: float | None = None
    by: Criterion = "magnitude"

    def check(self) -> None:
        """Raises UserError where these options cannot be."""
        if self.share is None and self.by != "magnitude":
            raise UserError(f"--prune-by {self.by} needs the share of synapses, as in --prune 0.5")
        if self.share is not None and not 0 <= self.share <= 1:
            raise UserError(f"--prune is {self.share:g}; it must lie between 0 and 1, 0.5 for half")

    def __call__(self, graph: NetworkGraph) -> tuple[NetworkGraph, Thinning]:
        """The network with fewer synapses, and what went.

        Projections that only inhibit each neuron by itself keep all: they stand for a reset.
        """
        resets = {p.label for p in graph.projections if _is_reset(p)}
        return prune_share(graph, self.share or 0.0, self.by, skip=resets)


def _is_reset(projection: Projection) -> bool:
    own = projection.source == projection.target and projection.n_synapses > 0
    return own and bool((projection.pre == projection.post).all() and (projection.weight < 0).all())


class Unpruned:
    """Runs the network with all its synapses in software, on samples that pass by.

    Args:
        graph: the network before it was pruned.
        thinning: what it lost.
    """

    def __init__(self, graph: NetworkGraph, thinning: Thinning) -> None:
        self._graph, self._thinning = graph, thinning
        self._readout = find_readout(graph)
        self._decided: list[Labels] = []
        self._labels: list[Labels | None] = []

    def watch(self, flow: Iterator[Batch]) -> Iterator[Batch]:
        """The same batches (counts [T, B, N], labels [B] or None), each decided when it passes."""
        for counts, labels in flow:
            activity = simulate(self._graph, counts)
            self._decided.append(decisions(activity, self._readout))
            self._labels.append(labels)
            yield counts, labels

    def report(self, pruned: Labels) -> dict[str, Any]:
        """What pruning took, and how the network decided before, for JSON.

        Args:
            pruned: decisions of the pruned network in software, [B].
        """
        decided, lost = np.concatenate(self._decided), self._thinning
        agreed = int((decided == pruned).sum())
        shares: dict[str, int | None] = {"agreement_unpruned": agreed}
        known = [labels for labels in self._labels if labels is not None]
        right = int((decided == np.concatenate(known)).sum()) if known else None
        shares["accuracy_software_unpruned"] = right
        n = len(decided)
        return {
            **{key: None if count is None else count / n for key, count in shares.items()},
            "intervals_95": {
                k: wilson(count, n) for k, count in shares.items() if count is not None
            },
            "synapses_unpruned": self._graph.n_synapses,
            "synapses_dropped": lost.dropped,
            **lost.to_dict(),
        }
