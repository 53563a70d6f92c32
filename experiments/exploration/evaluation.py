"""Co-simulation of one configuration, with software runs that configurations share."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.experiments.exploration.objectives import measure
from polychrony.experiments.exploration.space import Params, Space
from polychrony.experiments.pruning import Prune
from polychrony.hardware import HardwareError, cosimulate
from polychrony.snn.activity import Activity
from polychrony.snn.graph import NetworkGraph
from polychrony.snn.simulate import simulate

Array = npt.NDArray[Any]
Batch = tuple[Array, Array]

MOST_BYTES = 1 << 30
"""Memory for software runs that are kept, bytes."""


class SoftwareRuns:
    """Runs networks in software, and remembers what each did on the same inputs.

    Args:
        most_bytes: memory for what is remembered, bytes; what exceeds it is run again each time.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._left, self._kept = most_bytes, dict[bytes, Activity]()
        self._graphs = dict[int, NetworkGraph]()

    def __call__(self, graph: NetworkGraph, inputs: Mapping[str, Array]) -> Activity:
        """What a network does; `graph` must not change between calls."""
        self._graphs[id(graph)] = graph  # an object that is kept shares its number with none
        key = id(graph).to_bytes(8, "little") + _digest(inputs)
        if key not in self._kept:
            activity = simulate(graph, inputs)
            size = sum(array.nbytes for array in activity.spikes.values())
            size += sum(array.nbytes for array in activity.potentials.values())
            if size > self._left:
                return activity
            self._left -= size
            self._kept[key] = activity
        return self._kept[key]


def _digest(inputs: Mapping[str, Array]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for name, array in inputs.items():
        digest.update(f"{name} {array.dtype} {array.shape} ".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.digest()


@dataclass(frozen=True)
class Evaluated:
    """What a co-simulation told of a configuration.

    Args:
        measured: every objective that is known, by name; empty if the network does not fit.
        reason: why it does not fit; empty if it does.
        seconds: time that it took, s.
    """

    measured: dict[str, float]
    reason: str
    seconds: float


class Evaluation:
    """Runs the same samples of one network on one configuration after the other.

    Args:
        graph: the network.
        batches: the samples, as pairs (counts [T, B, N], labels [B]).
        space: what is varied.
        options: further arguments of `cosimulate`; those that are varied take their place.
    """

    def __init__(
        self,
        graph: NetworkGraph,
        batches: Sequence[Batch],
        space: Space,
        options: Mapping[str, Any],
    ) -> None:
        self._graph, self._batches, self._space, self._options = graph, batches, space, options
        self._software = SoftwareRuns()
        self._pruned = dict[Prune, NetworkGraph]()

    def __call__(self, params: Params) -> Evaluated:
        """Measure a configuration.

        Args:
            params: value of each thing that is varied.
        """
        begin = time.perf_counter()
        try:
            chip, options = self._space.configure(params)
            prune = Prune(options.pop("prune", None), options.pop("prune_by", "magnitude"))
            result = cosimulate(
                self._left(prune),
                self._batches,
                chip=chip,
                software=self._software,
                **{**self._options, **options},
            )
            return Evaluated(measure(result, chip), "", time.perf_counter() - begin)
        except HardwareError as error:
            return Evaluated({}, " ".join(str(error).split()), time.perf_counter() - begin)

    def _left(self, prune: Prune) -> NetworkGraph:
        """What is left of the network; the same object each time, so that runs are shared."""
        if prune.share is None:
            return self._graph
        if prune not in self._pruned:
            self._pruned[prune], _ = prune(self._graph)
        return self._pruned[prune]
