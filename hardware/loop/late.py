"""Spikes that act late, or not at all, at some of the neurons that they reach."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from polychrony.hardware.noc.senders import Senders
from polychrony.snn.feeds import Feed
from polychrony.snn.kernels.events import row_pointers

Array = npt.NDArray[Any]
IntArray = npt.NDArray[np.int64]

DROPPED = -1


class LateEvents(NamedTuple):
    """Deliveries of one population that miss their step.

    Args:
        step: step of the spike, [K].
        sample: its sample, [K].
        lane: lane over which it comes, [K].
        ticks: steps by which it is late, or `DROPPED`, [K].
    """

    step: IntArray
    sample: IntArray
    lane: IntArray
    ticks: IntArray


@dataclass(frozen=True, eq=False)
class LateSpikes:
    """Late deliveries of all populations of a mapped network.

    Args:
        senders: what the spikes of the network send.
        events: late deliveries by population.
    """

    senders: Senders
    events: Mapping[str, LateEvents]

    @property
    def count(self) -> int:
        """Number of late deliveries."""
        return sum(len(events.step) for events in self.events.values())

    def feeds(self, index: int, spikes: Array, first: int = 0) -> Iterator[Feed] | None:
        """Spikes of a projection, sorted by how late they are.

        Args:
            index: number of the projection in its graph.
            spikes: counts of its source in the steps from `first` on, [W, B, N].
            first: step of the first row.

        Returns:
            Those in time, then those of each lateness; None where all are in time.
        """
        projection = self.senders.routes.mapping.graph.projections[index]
        source = projection.source
        held = self.senders.synapses_by_lane.get(index)
        if source not in self.events or held is None or not len(held.lane):
            return None
        events = self.events[source]
        place = np.minimum(np.searchsorted(held.lane, events.lane), len(held.lane) - 1)
        mine = held.lane[place] == events.lane
        mine &= (events.step >= first) & (events.step < first + len(spikes))
        if not mine.any():
            return None
        sent = spikes[..., self.senders.lanes[source].neuron[held.lane]]
        where = (events.step[mine] - first, events.sample[mine], place[mine])
        feeds = _split(sent, where, events.ticks[mine], held.row_ptr, held.order)
        if not held.rest.size:
            return feeds
        # What the chip does not hold is never late.
        others = row_pointers(projection.pre[held.rest], spikes.shape[2])
        return itertools.chain([Feed(spikes, others, held.rest, 0)], feeds)


def _split(
    sent: Array, where: tuple[IntArray, ...], ticks: IntArray, rows: IntArray, order: IntArray
) -> Iterator[Feed]:
    """Spikes by lateness; what was late in the run before is so only if it is sent in this one."""
    for k in np.unique(ticks):
        late = np.zeros_like(sent)
        np.add.at(late, tuple(axis[ticks == k] for axis in where), np.uint8(1))
        np.minimum(late, sent, out=late)
        sent -= late
        if k != DROPPED:
            yield Feed(late, rows, order, int(k))
    yield Feed(sent, rows, order, 0)
