"""Count what the spikes of a run make the chip do, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.mapping.fan_out import homes
from polychrony.hardware.noc.routes import Route, Routes
from polychrony.hardware.profile import ActiveWhen
from polychrony.snn.activity import Activity
from polychrony.snn.graph import NetworkGraph
from polychrony.snn.kernels.events import row_pointers

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Work:
    """Events per step, sample and core; int64 [T, B, C], or [T, B, C + 1] where they are sent.

    The last entry of what is sent is the host, from which the spikes of inputs come.

    Args:
        synaptic_ops: synaptic operations.
        active: updates of active neurons.
        inactive: updates of inactive neurons.
        spikes: spikes of neurons, each copy for itself.
        messages_in: messages that a core takes in.
        messages_out: messages that a core sends.
        hops_east_west: links to the east or west that its messages cross.
        hops_north_south: links to the north or south that they cross.
        within_tile: messages to cores of its own tile.
    """

    synaptic_ops: IntArray
    active: IntArray
    inactive: IntArray
    spikes: IntArray
    messages_in: IntArray
    messages_out: IntArray
    hops_east_west: IntArray
    hops_north_south: IntArray
    within_tile: IntArray


_GROUP = 32  # neurons tested for silence at once


class _Row(NamedTuple):
    """What one spike of each neuron of a population causes.

    Args:
        home: core of each neuron, or the number of cores for the host, [N].
        copies: neurons of the chip that each neuron takes, [N].
        sent: messages, hops east or west, hops north or south and messages within the tile, [N, 4].
        row_ptr: first core that each neuron reaches, [N + 1].
        core: core reached, [E].
        taken: messages that the core takes in, and synaptic operations, [E, 2].
    """

    home: IntArray
    copies: IntArray
    sent: IntArray
    row_ptr: IntArray
    core: IntArray
    taken: IntArray


@numba.njit(cache=True, nogil=True)
def _count(spikes, row, fires, active, fired, sent, taken):  # type: ignore[no-untyped-def]
    """Add what spikes cause; `fires` says that those who spike are active."""
    n_steps, n_samples, n = spikes.shape
    n_cores = active.shape[2]
    for t in range(n_steps):
        for b in range(n_samples):
            for start in range(0, n, _GROUP):
                group = spikes[t, b, start : start + _GROUP]
                some = np.uint8(0)
                for k in range(group.size):
                    some |= group[k]
                if some == 0:
                    continue
                for k in range(group.size):
                    count = np.int64(group[k])
                    if count == 0:
                        continue
                    i = start + k
                    home = row.home[i]
                    if home < n_cores:
                        active[t, b, home] += row.copies[i] * fires
                        fired[t, b, home] += row.copies[i] * count
                    for kind in range(4):
                        sent[kind, t, b, home] += count * row.sent[i, kind]
                    for e in range(row.row_ptr[i], row.row_ptr[i + 1]):
                        taken[0, t, b, row.core[e]] += count * row.taken[e, 0]
                        taken[1, t, b, row.core[e]] += count * row.taken[e, 1]


@numba.njit(cache=True, nogil=True)
def _receiving(arrived, home, copies, active):  # type: ignore[no-untyped-def]
    """Count neurons as active to whom something arrives."""
    n_steps, n_samples, n = arrived.shape
    for t in range(n_steps):
        for b in range(n_samples):
            for i in range(n):
                if arrived[t, b, i] > 0 and home[i] < active.shape[2]:
                    active[t, b, home[i]] += copies[i]


def _row(route: Route) -> _Row:
    columns = (
        route.messages,
        route.messages * route.east_west,
        route.messages * route.north_south,
        route.messages * route.local,
    )
    n = len(route.home)
    sums = [np.bincount(route.neuron, column, minlength=n) for column in columns]
    return _Row(
        route.home,
        route.copies,
        np.stack(sums, axis=1).astype(np.int64),
        route.row_ptr,
        route.core,
        np.stack([route.deliveries, route.synapses], axis=1),
    )


def _row_without_targets(home: IntArray, copies: IntArray) -> _Row:
    n, none = len(home), np.zeros(0, np.int64)
    sent, taken = np.zeros((n, 4), np.int64), np.zeros((0, 2), np.int64)
    return _Row(home, copies, sent, np.zeros(n + 1, np.int64), none, taken)


@dataclass(frozen=True, eq=False)
class WorkCounter:
    """Counts the events of runs of one mapped network; see `count_work`.

    Args:
        routes: routes of the mapped network.
        rule: which neurons count as active.
    """

    routes: Routes
    rule: ActiveWhen = "spike"

    @cached_property
    def _rows(self) -> dict[str, _Row]:
        """Populations on the chip, and those that send to it."""
        mapping, rows = self.routes.mapping, {}
        for name, home in homes(mapping.graph, mapping.slices).items():
            held = np.where(home < 0, mapping.n_cores, home)
            rows[name] = _row_without_targets(held, mapping.copies(name))
        return rows | {name: _row(route) for name, route in self.routes.of.items()}

    @cached_property
    def _neurons(self) -> IntArray:
        """Neurons of each core, [C]."""
        neurons = np.zeros(self.routes.mapping.n_cores, np.int64)
        for part in self.routes.mapping.slices:
            neurons[part.core] += part.physical
        return neurons

    def __call__(self, activity: Activity) -> Work:
        """Events of a run on its cores.

        Args:
            activity: the run.

        Raises:
            GraphError: the activity does not belong to the network.
        """
        mapping = self.routes.mapping
        activity.check(mapping.graph)
        cores = (activity.n_steps, activity.batch_size, mapping.n_cores)
        active, fired = np.zeros((2, *cores), np.int64)
        taken = np.zeros((2, *cores), np.int64)
        sent = np.zeros((4, *cores[:2], cores[2] + 1), np.int64)
        by_spike = self.rule == "spike"
        for name, row in self._rows.items():
            if name in activity.spikes:
                spikes = np.ascontiguousarray(activity.spikes[name])
                _count(spikes, row, by_spike, active, fired, sent, taken)
            if not by_spike and (row.home < mapping.n_cores).any():
                arrived = _arrived(mapping.graph, activity, name)
                _receiving(arrived, row.home, row.copies, active)
        return Work(taken[1], active, self._neurons - active, fired, taken[0], *sent)


def _arrived(graph: NetworkGraph, activity: Activity, name: str) -> npt.NDArray[np.uint8]:
    """1 where something arrives at a neuron, [T, B, N]."""
    arrived = np.zeros((activity.n_steps, activity.batch_size, graph[name].size), np.uint8)
    for p in graph.incoming(name):
        rows = row_pointers(p.pre, graph[p.source].size)
        _arrive(np.ascontiguousarray(activity.spikes[p.source]), rows, p.post, p.delay, arrived)
    return arrived


@numba.njit(cache=True, nogil=True)
def _arrive(spikes, row_ptr, post, delay, arrived):  # type: ignore[no-untyped-def]
    n_steps, n_samples, n = spikes.shape
    for t in range(n_steps):
        for b in range(n_samples):
            for i in range(n):
                if spikes[t, b, i]:
                    for s in range(row_ptr[i], row_ptr[i + 1]):
                        if t + delay[s] < n_steps:
                            arrived[t + delay[s], b, post[s]] = 1


def count_work(routes: Routes, activity: Activity, rule: ActiveWhen = "spike") -> Work:
    """Events of a run on its cores.

    A spike is sent in its step, as one message to each axon that it must reach; in the core each
    of its synapses is one operation, in the same step, however long its delay. An input count
    above 1 is so many spikes. Every neuron is updated in every step, once, and so is each copy.

    Args:
        routes: routes of the mapped network.
        activity: the run.
        rule: which neurons count as active.

    Returns:
        The counts.

    Raises:
        GraphError: the activity does not belong to the network.
    """
    return WorkCounter(routes, rule)(activity)
