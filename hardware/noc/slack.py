"""Steps that deliveries may take beyond their first, and when a host sends them."""

from __future__ import annotations

from collections.abc import Mapping as Table
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from polychrony.hardware.mapping import Mapping
from polychrony.hardware.noc.host import begin_of
from polychrony.hardware.noc.lanes import Lanes
from polychrony.hardware.shifts import shortest_delays

IntArray = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]


class Slack(NamedTuple):
    """Slack of the lanes of all populations; see `slack_of_lanes`.

    Args:
        steps: slack of each lane, population after population, [L].
        first: first lane of each population, [P + 1].
        from_host: whether the host sends the spikes of a population, [P].
        ahead: steps beyond its first by which a spike can be sent ahead.
    """

    steps: IntArray
    first: IntArray
    from_host: npt.NDArray[np.bool_]
    ahead: int

    def of(self, population: Numbers, lane: IntArray) -> IntArray:
        """Slack of deliveries, [C].

        Args:
            population: number of the population that sends, [C].
            lane: lane of that population, [C].
        """
        return np.asarray(self.steps[self.first[population] + lane])

    def sendable(
        self, population: Numbers, step: Numbers, slack: IntArray, sent: IntArray, begin: IntArray
    ) -> IntArray:
        """Cycle in which each delivery could be sent, [C].

        That is when its core has updated the neuron, or the host may send it.

        Args:
            population: number of the population that sends, [C].
            step: step of the spike, [C].
            slack: slack of the delivery, [C].
            sent: cycle in which it is sent, [C].
            begin: cycle in which each step begins, [T + 1].
        """
        first = step.astype(np.int64) + np.maximum(slack - self.ahead, 0)
        soonest = begin_of(first, begin)
        return np.where(self.from_host[population], soonest, sent)


def slack_of_lanes(
    mapping: Mapping,
    lanes: Table[str, Lanes],
    lane_of_synapse: Table[int, IntArray],
    host: set[str],
) -> Slack:
    """Slack of each lane: 0 where delays run from arrival.

    Where a spike carries the step in which it is to act, its delay is time to travel in. A layer of
    the network runs a step later on such a chip, so that a delay of d steps in the network leaves d
    steps beside that one. Relays run no later, and have the longest delay; within a loop it depends
    on the shifts of its populations.

    Args:
        mapping: the network on its cores.
        lanes: lanes of each population that sends.
        lane_of_synapse: lane of each synapse, [S], by the number of its projection; -1 for none.
        host: populations whose spikes the host sends.
    """
    graph, chip, names = mapping.graph, mapping.chip, list(lanes)
    first = np.cumsum([0, *map(len, lanes.values())], dtype=np.int64)
    steps, ahead = np.zeros(first[-1], np.int64), chip.delay_max - chip.delay_min
    from_host = np.array([name in host for name in names])
    if chip.delays_run_from == "sending":
        least = shortest_delays(graph, chip)
        for index, lane in lane_of_synapse.items():
            p, there = graph.projections[index], lane >= 0
            longest = None if p.source in host else ahead
            spent = least[index] if index in graph.looped else 0
            place = first[names.index(p.source)] + lane[there]
            steps[place] = np.clip(p.delay[there] - spent, 0, longest)
    return Slack(steps, first, from_host, ahead)
