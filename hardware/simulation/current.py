"""What spikes add to the neurons of a population in each step, in integers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from polychrony.hardware.quantized import QuantizedGraph
from polychrony.snn.kernels.events import scatter_events

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

    def feeds(self, index: int, spikes: Array) -> Iterable[Feed] | None:
        """Spikes of a projection by how late they are; None where all are in time.

        Args:
            index: number of the projection.
            spikes: counts of its source, [T, B, N].
        """


def current(
    quantized: QuantizedGraph,
    name: str,
    spikes: Mapping[str, Array],
    late: Late | None = None,
) -> npt.NDArray[np.int64]:
    """Exact sum of the weights that arrive.

    Args:
        quantized: the network in integers.
        name: population that receives.
        spikes: counts of each source, [T, B, N].
        late: those that arrive late; all in time without it.

    Returns:
        Units, [T, B, N].
    """
    n_steps, n_samples = next(iter(spikes.values())).shape[:2]
    total = np.zeros((n_steps, n_samples, quantized.graph[name].size), np.int64)
    for index, p in enumerate(quantized.projections):
        if p.target != name:
            continue
        sent = spikes[p.source]
        feeds = None if late is None else late.feeds(index, sent)
        for feed in feeds or (Feed(sent, p.row_ptr, np.arange(len(p.post)), 0),):
            scatter_events(
                feed.counts,
                feed.row_ptr,
                p.post[feed.order],
                p.delay[feed.order] + feed.ticks,
                p.weight[feed.order],
                total.shape[2],
                out=total,
            )
    return total
