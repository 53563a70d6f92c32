"""What spikes of a projection add to the neurons that they reach, in time or late."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from polychrony.snn.graph import NetworkGraph
from polychrony.snn.kernels.events import row_pointers, scatter_events, scatter_sent

Array = npt.NDArray[Any]


class Feed(NamedTuple):
    """Part of the spikes that come over a projection.

    Args:
        counts: spikes by lane, uint8 [T, B, L]; a lane is what arrives together.
        row_ptr: first synapse of each lane, [L + 1].
        order: synapses of the projection, sorted by lane, [S'].
        ticks: steps by which they are late.
    """

    counts: Array
    row_ptr: npt.NDArray[np.int64]
    order: npt.NDArray[np.int64]
    ticks: int


class Late(Protocol):
    """Spikes that arrive late."""

    def feeds(self, index: int, spikes: Array, first: int = 0) -> Iterable[Feed] | None:
        """Spikes of a projection by how late they are; None where all are in time.

        Args:
            index: number of the projection.
            spikes: counts of its source in the steps from `first` on, [W, B, N].
            first: step of the first row.
        """


class Rows(Protocol):
    """Synapses sorted by source neuron, in the numbers of whoever runs them."""

    @property
    def source(self) -> str:
        """Name of the population that spikes."""

    @property
    def target(self) -> str:
        """Name of the population that receives."""

    @property
    def row_ptr(self) -> npt.NDArray[np.int64]:
        """Start of each source neuron's synapses, [N_in + 1]."""

    @property
    def post(self) -> Array:
        """Target neuron of each synapse, [S]."""

    @property
    def delay(self) -> Array:
        """Steps, [S]."""

    @property
    def weight(self) -> Array:
        """What a spike adds, float64 or int64, [S]."""


class RealRows(NamedTuple):
    """Synapses of a graph in float64; see `Rows`."""

    source: str
    target: str
    row_ptr: npt.NDArray[np.int64]
    post: Array
    delay: Array
    weight: Array


def real_rows(graph: NetworkGraph) -> list[RealRows]:
    """Projections of a graph, in its order."""
    return [
        RealRows(
            p.source,
            p.target,
            row_pointers(p.pre, graph[p.source].size),
            p.post,
            p.delay,
            p.weight.astype(np.float64),
        )
        for p in graph.projections
    ]


def _parts(
    rows: Rows, index: int, spikes: Array, late: Late | None, first: int = 0
) -> Iterator[tuple[Array, Array, Array, Array, Array]]:
    """Counts, start of each row, targets, delays and weights of what comes together."""
    feeds = None if late is None else late.feeds(index, spikes, first)
    if feeds is None:
        yield spikes, rows.row_ptr, rows.post, rows.delay, rows.weight
        return
    for feed in feeds:
        post, delay, weight = (x[feed.order] for x in (rows.post, rows.delay, rows.weight))
        yield feed.counts, feed.row_ptr, post, delay + feed.ticks, weight


def add_spikes(
    total: Array, rows: Rows, index: int, spikes: Array, late: Late | None = None, first: int = 0
) -> None:
    """Add what spikes of a few steps do to the target of their projection.

    Args:
        total: sums in the weights' dtype, [T, B, N_out].
        rows: synapses of the projection.
        index: number of the projection.
        spikes: counts of its source in the steps from `first` on, [W, B, N_in].
        late: those that arrive late; all in time without it.
        first: step of the first row.
    """
    for counts, row_ptr, post, delay, weight in _parts(rows, index, spikes, late, first):
        scatter_sent(counts, first, row_ptr, post, delay, weight, total)


def sum_known(
    projections: Iterable[Rows],
    target: str,
    spikes: Mapping[str, Array],
    total: tuple[tuple[int, int, int], npt.DTypeLike],
    late: Late | None = None,
) -> Array:
    """What the spikes known so far do to a population.

    Args:
        projections: all projections of the network, in the order of the graph.
        target: name of the population.
        spikes: counts of the populations that have run, [T, B, N]; others are left out.
        total: shape of the sums, [T, B, N_out], and the weights' dtype.
        late: those that arrive late; all in time without it.

    Returns:
        The sums.
    """
    found: Array | None = None
    for index, rows in enumerate(projections):
        if rows.target == target and rows.source in spikes:
            for part in _parts(rows, index, spikes[rows.source], late):
                found = scatter_events(*part, total[0][2], out=found)
    return np.zeros(*total) if found is None else found
