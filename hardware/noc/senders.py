"""What spikes send over the network on chip: messages, and where each of their copies goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.noc.cycle import Fabric, Messages
from polychrony.hardware.noc.endpoints import departures, endpoints_of, fabric_of
from polychrony.hardware.noc.host import schedule
from polychrony.hardware.noc.lanes import (
    Lanes,
    SynapsesByLane,
    by_lane,
    lanes_of,
    lanes_of_synapses,
)
from polychrony.hardware.noc.routes import Route, Routes
from polychrony.hardware.noc.slack import Slack, slack_of_lanes
from polychrony.hardware.noc.volley import SpikeMessages, Volley
from polychrony.hardware.profile import Profile
from polychrony.snn.activity import Activity

Array = npt.NDArray[Any]
IntArray = npt.NDArray[np.int64]


class _Rows(NamedTuple):
    """Messages of all populations: a row for each neuron and each place that one reaches.

    Args:
        repeat: messages of each row: one for each axon, [R].
        source: endpoint that sends, [R].
        population: number of the population, [R].
        edge_ptr: first edge of each row, [R + 1]; several edges where routers make copies.
        lane: first lane of each edge.
        target: endpoint of each edge.
    """

    repeat: IntArray
    source: IntArray
    population: IntArray
    edge_ptr: IntArray
    lane: IntArray
    target: IntArray


class _Sender(NamedTuple):
    """A population: first row of each neuron, [N + 1], and cycles until its spikes leave, [N]."""

    row_ptr: IntArray
    leave: IntArray


@dataclass(frozen=True, eq=False)
class Flights:
    """Messages in the order in which they are sent, and whose each copy is.

    Args:
        messages: the messages; their copies are deliveries.
        population: number of the population that sends, by delivery, [C].
        lane: lane of that population, [C].
        step: step of the spike, [C].
        spike: number of the spike among those of its population, [C].
    """

    messages: Messages
    population: npt.NDArray[np.int32]
    lane: IntArray
    step: npt.NDArray[np.int32]
    spike: npt.NDArray[np.int32]

    @property
    def sent(self) -> IntArray:
        """Cycle in which the message of each delivery is created, [C]."""
        return self.messages.time[self.messages.message_of_copy]


@dataclass(frozen=True, eq=False)
class Senders:
    """What the spikes of a mapped network send: one message to each axon that they must reach.

    Where routers copy, one message serves all cores of a tile.

    Args:
        routes: routes of the network.
        profile: costs; they tell when spikes leave.
    """

    routes: Routes
    profile: Profile

    @cached_property
    def names(self) -> list[str]:
        """Populations that send, by their number."""
        return list(self.routes.of)

    @cached_property
    def fabric(self) -> Fabric:
        """Network on chip."""
        return fabric_of(self.routes)

    @cached_property
    def lanes(self) -> dict[str, Lanes]:
        """Lanes of each population that sends."""
        return {name: lanes_of(route) for name, route in self.routes.of.items()}

    @cached_property
    def lane_of_synapse(self) -> dict[int, IntArray]:
        """Lane over which each synapse hears its source, [S], by the number of the projection.

        -1 for a synapse that the chip does not hold, or whose target runs on the host.
        """
        found: dict[int, IntArray] = {}
        for name in self.names:
            found |= lanes_of_synapses(self.routes.mapping, name)
        return found

    @cached_property
    def synapses_by_lane(self) -> dict[int, SynapsesByLane]:
        """Synapses of each projection that the chip holds, by the number of the projection."""
        return {index: by_lane(lane) for index, lane in self.lane_of_synapse.items()}

    @cached_property
    def slack(self) -> Slack:
        """Steps that deliveries on each lane may take beyond their first."""
        mapping, routes = self.routes.mapping, self.routes.of
        host = {name for name, route in routes.items() if (route.home == mapping.n_cores).all()}
        return slack_of_lanes(mapping, self.lanes, self.lane_of_synapse, host)

    def _scheduled(self, when: IntArray, made: Array, rows: _Rows, begin: IntArray) -> IntArray:
        """When messages leave, as the host sends first what is to act first."""
        row, axon, step, _ = made
        host = np.flatnonzero(rows.source[row] == self.fabric.n_endpoints - 1)
        lane = rows.lane[rows.edge_ptr[row[host]]] + axon[host]
        spare = self.slack.of(rows.population[row[host]], lane)
        when = when.copy()
        when[host] = schedule(step[host].astype(np.int64), spare, self.slack.ahead, begin)
        return when

    @property
    def quantum(self) -> float:
        """Duration of a cycle, s."""
        return self.routes.mapping.chip.router.quantum.require("s")

    @cached_property
    def _tables(self) -> tuple[list[_Sender], _Rows]:
        ends = endpoints_of(self.routes)
        senders: list[_Sender] = []
        tables: list[_Rows] = []
        rows = edges = 0
        for number, (name, route) in enumerate(self.routes.of.items()):
            edge, first = self._grouped(route)
            neuron = route.neuron[edge[first]]
            row_ptr = np.searchsorted(neuron, np.arange(len(route.home) + 1)).astype(np.int64)
            senders.append(_Sender(row_ptr + rows, departures(self.routes, route, self.profile)))
            repeat = np.maximum.reduceat(route.deliveries[edge], first) if len(first) else first
            tables.append(
                _Rows(
                    repeat.astype(np.int64),
                    ends[route.home][neuron],
                    np.full(len(first), number),
                    first + edges,
                    self.lanes[name].ptr[edge].astype(np.int64),
                    ends[route.core[edge]],
                )
            )
            rows, edges = rows + len(first), edges + len(edge)
        none = np.zeros(0, np.int64)
        joined = _Rows(*(np.concatenate([none, *columns]) for columns in zip(*tables, strict=True)))
        return senders, joined._replace(edge_ptr=np.append(joined.edge_ptr, edges))

    def _grouped(self, route: Route) -> tuple[IntArray, IntArray]:
        """Edges in the order of rows, and the first edge of each row."""
        edge = np.arange(len(route.core))
        if not self.routes.mapping.chip.router.multicast:
            return edge, edge
        tile = self.routes.mapping.tile[route.core]
        edge = np.lexsort((route.core, tile, route.neuron))
        place = route.neuron[edge] * self.routes.mapping.chip.grid.n_tiles + tile[edge]
        return edge, np.flatnonzero(np.diff(place, prepend=-1))

    @cached_property
    def _volley(self) -> Volley:
        senders = self._tables[0]
        sizes = [len(sender.leave) for sender in senders]
        neurons = [np.arange(size) for size in sizes]
        steps = [np.zeros(size, np.int64) for size in sizes]
        flights = self.deliver(steps, neurons, [sender.leave for sender in senders])
        messages, copy = flights.messages, flights.messages.row_ptr[:-1]
        first = np.cumsum([0, *sizes])
        neuron = first[flights.population[copy]] + flights.spike[copy].astype(np.int64)
        return Volley(messages, neuron, int(first[-1]))

    def by_step(self, activity: Activity) -> SpikeMessages:
        """Messages of a run, an episode for each step and sample, in the order of [T, B].

        Args:
            activity: the run.
        """
        episodes = activity.n_steps * activity.batch_size
        none = np.zeros((episodes, 0), np.uint8)
        spikes = [activity.spikes[name].reshape(episodes, -1) for name in self.names]
        return self._volley.of(np.concatenate([none, *spikes], axis=1))

    def flights(
        self, spikes: Mapping[str, Array], begin: IntArray, one_course: bool = False
    ) -> Flights:
        """Deliveries of spikes in steps.

        Args:
            spikes: counts of each population that sends, [T, N].
            begin: cycle in which each step begins, [T + 1].
            one_course: the steps follow each other in real time. Where spikes carry the step in
                which they are to act, the host then sends them in the order of these steps.
        """
        steps, neurons, times = [], [], []
        for name, sender in zip(self.names, self._tables[0], strict=True):
            step, neuron = np.nonzero(spikes[name])
            count = spikes[name][step, neuron]
            if count.max(initial=0) > 1:
                step, neuron = np.repeat(step, count), np.repeat(neuron, count)
            steps.append(step)
            neurons.append(neuron)
            times.append(begin[step] + sender.leave[neuron])
        return self.deliver(steps, neurons, times, begin if one_course else None)

    def deliver(
        self,
        steps: Sequence[IntArray],
        neurons: Sequence[IntArray],
        times: Sequence[IntArray],
        begin: IntArray | None = None,
    ) -> Flights:
        """Deliveries of spikes at given times.

        Args:
            steps: step of each spike, by population, in the order of `names`.
            neurons: who fired.
            times: cycle in which it leaves.
            begin: cycle in which each step begins, for a host that sends in order of due steps.
        """
        senders, rows = self._tables
        parts = [
            _messages(sender.row_ptr, rows.repeat, neuron, time, step)
            for sender, neuron, time, step in zip(senders, neurons, times, steps, strict=True)
        ]
        when = np.concatenate([np.zeros(0, np.int64), *(time for time, _ in parts)])
        made = np.concatenate([np.zeros((4, 0), np.int32), *(rest for _, rest in parts)], axis=1)
        copies = int(np.diff(rows.edge_ptr)[made[0]].sum())
        if begin is not None and self.routes.mapping.chip.delays_run_from == "sending":
            when = self._scheduled(when, made, rows, begin)
        order = np.argsort(when, kind="stable")
        time, source, row_ptr, target, lane, population, step, spike = _sorted(
            when, made, order, copies, *rows
        )
        if self.routes.mapping.chip.router.multicast:
            messages = Messages.multicast(time, source, row_ptr, target)
        else:
            messages = Messages.unicast(time, source, target)
        return Flights(messages, population, lane, step, spike)


@numba.njit(cache=True, nogil=True)
def _messages(row_ptr, repeat, neuron, time, step):  # type: ignore[no-untyped-def]
    """Time of each message of the spikes of one population; row, axon, step and spike of it."""
    total = 0
    for k in range(len(neuron)):
        for row in range(row_ptr[neuron[k]], row_ptr[neuron[k] + 1]):
            total += repeat[row]
    when, made = np.empty(total, np.int64), np.empty((4, total), np.int32)
    at = 0
    for k in range(len(neuron)):
        for row in range(row_ptr[neuron[k]], row_ptr[neuron[k] + 1]):
            for rank in range(repeat[row]):
                when[at], made[0, at], made[1, at] = time[k], row, rank
                made[2, at], made[3, at] = step[k], k
                at += 1
    return when, made


@numba.njit(cache=True, nogil=True)
def _sorted(when, made, order, copies, repeat, sources, populations, edge_ptr, lanes, targets):  # type: ignore[no-untyped-def]
    """Messages in order, and their copies."""
    n = len(order)
    time, source, row_ptr = np.empty(n, np.int64), np.empty(n, np.int32), np.zeros(n + 1, np.int64)
    target, lane = np.empty(copies, np.int32), np.empty(copies, np.int64)
    population, step, spike = np.empty((3, copies), np.int32)
    c = 0
    for m in range(n):
        k = order[m]
        row = made[0, k]
        time[m], source[m] = when[k], sources[row]
        for edge in range(edge_ptr[row], edge_ptr[row + 1]):
            target[c], lane[c] = targets[edge], lanes[edge] + made[1, k]
            population[c], step[c], spike[c] = populations[row], made[2, k], made[3, k]
            c += 1
        row_ptr[m + 1] = c
    return time, source, row_ptr, target, lane, population, step, spike
