"""Every delivery of the spikes of a sample, when it is sent and over which lane."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.loop.lanes import Lanes, lanes_of
from polychrony.hardware.noc.cycle import Fabric, Messages
from polychrony.hardware.noc.routes import Route, Routes
from polychrony.hardware.noc.spike_messages import departures, endpoints_of, fabric_of
from polychrony.hardware.profile import Profile

Array = npt.NDArray[Any]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sender:
    """What a spike of one population sends.

    Args:
        row_ptr: first row of each neuron, [N + 1].
        repeat: messages of each row: one for each axon, [R].
        edge_ptr: first edge of each row, in `edge`, [R + 1].
        edge: edges that a message of a row serves; several where routers make copies.
        lane: first lane of each of these.
        target: endpoint of each of these.
        source: endpoint of each neuron, [N].
        leave: cycles from the beginning of a step until a spike of it leaves, [N].
    """

    row_ptr: IntArray
    repeat: IntArray
    edge_ptr: IntArray
    edge: IntArray
    lane: IntArray
    target: IntArray
    source: IntArray
    leave: IntArray


@dataclass(frozen=True, eq=False)
class Flights:
    """Deliveries of one sample, in the order in which their messages are sent.

    Args:
        messages: the messages; the copies of each are deliveries.
        population: number of the population that sends, by delivery, [C].
        lane: lane of that population, [C].
        step: step of the spike, [C].
        spike: number of the spike among those of its population, [C].
    """

    messages: Messages
    population: IntArray
    lane: IntArray
    step: IntArray
    spike: IntArray

    @property
    def sent(self) -> IntArray:
        """Cycle in which the message of each delivery is created, [C]."""
        return self.messages.time[self.messages.message_of_copy]


@dataclass(frozen=True, eq=False)
class Senders:
    """What the spikes of a mapped network send.

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

    @property
    def quantum(self) -> float:
        """Duration of a cycle, s."""
        return self.routes.mapping.chip.router.quantum.require("s")

    @cached_property
    def _senders(self) -> list[Sender]:
        ends = endpoints_of(self.routes)
        return [self._sender(route, ends) for route in self.routes.of.values()]

    def _sender(self, route: Route, ends: IntArray) -> Sender:
        multicast = self.routes.mapping.chip.router.multicast
        edge = np.arange(len(route.core))
        group = edge
        if multicast:
            tile = self.routes.mapping.tile[route.core]
            edge = np.lexsort((route.core, tile, route.neuron))
            place = route.neuron[edge] * self.routes.mapping.chip.grid.n_tiles + tile[edge]
            group = np.cumsum(np.diff(place, prepend=-1) != 0) - 1
        first = np.flatnonzero(np.diff(group, prepend=-1) != 0)
        neuron = route.neuron[edge[first]]
        repeat = np.maximum.reduceat(route.deliveries[edge], first) if len(first) else first
        return Sender(
            row_ptr=np.searchsorted(neuron, np.arange(len(route.home) + 1)).astype(np.int64),
            repeat=repeat.astype(np.int64),
            edge_ptr=np.append(first, len(edge)).astype(np.int64),
            edge=edge.astype(np.int64),
            lane=lanes_of(route).ptr[edge].astype(np.int64),
            target=ends[route.core[edge]],
            source=ends[route.home],
            leave=departures(self.routes, route, self.profile),
        )

    def flights(self, spikes: dict[str, Array], begin: IntArray) -> Flights:
        """Deliveries of one sample of a run in steps.

        Args:
            spikes: counts of each population that sends, [T, N].
            begin: cycle in which each step begins, [T].
        """
        steps, neurons, times = [], [], []
        for name, sender in zip(self.names, self._senders, strict=True):
            step, neuron = np.nonzero(spikes[name])
            count = spikes[name][step, neuron]
            step, neuron = np.repeat(step, count), np.repeat(neuron, count)
            steps.append(step)
            neurons.append(neuron)
            times.append(begin[step] + sender.leave[neuron])
        return self.deliver(steps, neurons, times)

    def deliver(
        self, steps: list[IntArray], neurons: list[IntArray], times: list[IntArray]
    ) -> Flights:
        """Deliveries of spikes at given times.

        Args:
            steps: step of each spike, by population, in the order of `names`.
            neurons: who fired.
            times: cycle in which it leaves.
        """
        parts = [
            _rows(sender.row_ptr, sender.repeat, neuron, time)
            for sender, neuron, time in zip(self._senders, neurons, times, strict=True)
        ]
        population = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
        spike, row, rank, time = (np.concatenate([part[k] for part in parts]) for k in range(4))
        order = np.argsort(time, kind="stable")
        population, spike, row, rank = population[order], spike[order], row[order], rank[order]
        n = len(order)
        source, size = np.empty(n, np.int64), np.empty(n, np.int64)
        step = np.empty(n, np.int64)
        for number, sender in enumerate(self._senders):
            own = np.flatnonzero(population == number)
            source[own] = sender.source[neurons[number][spike[own]]]
            step[own] = steps[number][spike[own]]
            size[own] = np.diff(sender.edge_ptr)[row[own]]
        row_ptr = np.concatenate([[0], np.cumsum(size)])
        target, lane = np.empty(row_ptr[-1], np.int64), np.empty(row_ptr[-1], np.int64)
        for number, sender in enumerate(self._senders):
            own = np.flatnonzero(population == number)
            _copies(
                sender.edge_ptr, sender.lane, sender.target, own, row, rank, row_ptr, target, lane
            )
        messages = self._messages(time[order], source, row_ptr, target)
        of_copy = (np.repeat(each, size) for each in (population, step, spike))
        population, step, spike = of_copy
        return Flights(messages, population, lane, step, spike)

    def _messages(
        self, time: IntArray, source: IntArray, row_ptr: IntArray, target: IntArray
    ) -> Messages:
        if self.routes.mapping.chip.router.multicast:
            return Messages.multicast(time, source, row_ptr, target)
        return Messages.unicast(time, source, target)


@numba.njit(cache=True, nogil=True)
def _rows(row_ptr, repeat, neuron, time):  # type: ignore[no-untyped-def]
    """Spike, row, axon and time of each message of the spikes of one population."""
    total = 0
    for k in range(len(neuron)):
        for row in range(row_ptr[neuron[k]], row_ptr[neuron[k] + 1]):
            total += repeat[row]
    made = np.empty((4, total), np.int64)
    at = 0
    for k in range(len(neuron)):
        for row in range(row_ptr[neuron[k]], row_ptr[neuron[k] + 1]):
            for rank in range(repeat[row]):
                made[0, at], made[1, at], made[2, at], made[3, at] = k, row, rank, time[k]
                at += 1
    return made


@numba.njit(cache=True, nogil=True)
def _copies(edge_ptr, lanes, targets, own, row, rank, row_ptr, target, lane):  # type: ignore[no-untyped-def]
    """Target and lane of each copy of the messages `own`."""
    for m in own:
        first = edge_ptr[row[m]]
        for c in range(row_ptr[m], row_ptr[m + 1]):
            target[c] = targets[first + c - row_ptr[m]]
            lane[c] = lanes[first + c - row_ptr[m]] + rank[m]
