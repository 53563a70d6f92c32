"""Count what the spikes of a run make the chip do, step by step."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.noc.routes import Route, Routes
from polychrony.hardware.profile import ActiveWhen
from polychrony.snn.activity import Activity
from polychrony.snn.graph import NetworkGraph
from polychrony.snn.kernels.events import row_pointers, scatter_events

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


@numba.njit(cache=True, nogil=True)
def _received(spikes, row_ptr, core, deliveries, synapses, messages_in, synaptic_ops):  # type: ignore[no-untyped-def]
    n_steps, n_samples, n = spikes.shape
    for t in range(n_steps):
        for b in range(n_samples):
            for i in range(n):
                count = np.int64(spikes[t, b, i])
                if count:
                    for e in range(row_ptr[i], row_ptr[i + 1]):
                        messages_in[t, b, core[e]] += count * deliveries[e]
                        synaptic_ops[t, b, core[e]] += count * synapses[e]


@numba.njit(cache=True, nogil=True)
def _sent(spikes, home, per_neuron, sums):  # type: ignore[no-untyped-def]
    # sums[k][t, b, home] += spikes * per_neuron[k]
    n_steps, n_samples, n = spikes.shape
    kinds = per_neuron.shape[1]
    for t in range(n_steps):
        for b in range(n_samples):
            for i in range(n):
                count = np.int64(spikes[t, b, i])
                if count:
                    for k in range(kinds):
                        sums[t, b, home[i], k] += count * per_neuron[i, k]


def _per_neuron(route: Route) -> IntArray:
    """Messages, hops of both kinds and messages within the tile, per spike of a neuron, [N, 4]."""
    columns = (
        route.messages,
        route.messages * route.east_west,
        route.messages * route.north_south,
        route.messages * route.local,
    )
    n = len(route.home)
    sums = [np.bincount(route.neuron, column, minlength=n) for column in columns]
    return np.stack(sums, axis=1).astype(np.int64)


def _active(graph: NetworkGraph, activity: Activity, name: str, rule: ActiveWhen) -> IntArray:
    """1 for each neuron that is active in a step, [T, B, N]."""
    shape = (activity.n_steps, activity.batch_size, graph[name].size)
    if rule == "spike":
        spikes = activity.spikes.get(name)
        return np.zeros(shape, np.int64) if spikes is None else (spikes > 0).astype(np.int64)
    arrived = np.zeros(shape, np.int64)
    for p in graph.incoming(name):
        rows = row_pointers(p.pre, graph[p.source].size)
        ones = np.ones(p.n_synapses, np.int64)
        scatter_events(
            activity.spikes[p.source], rows, p.post, p.delay, ones, shape[2], out=arrived
        )
    return (arrived > 0).astype(np.int64)


def _update(work: Work, routes: Routes, activity: Activity, rule: ActiveWhen) -> None:
    mapping = routes.mapping
    for name in dict.fromkeys(part.population for part in mapping.slices):
        copies = mapping.copies(name)
        active = _active(mapping.graph, activity, name, rule) * copies
        spikes = activity.spikes.get(name)
        fired = active * 0 if spikes is None else spikes * copies
        for part in mapping.slices:
            if part.population == name:
                inside, core = slice(part.start, part.stop), part.core
                busy = active[..., inside].sum(axis=2)
                work.active[..., core] += busy
                work.inactive[..., core] += part.physical - busy
                work.spikes[..., core] += fired[..., inside].sum(axis=2)


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
    mapping = routes.mapping
    activity.check(mapping.graph)
    cores = (activity.n_steps, activity.batch_size, mapping.n_cores)
    operations, active, inactive, spikes, taken = (np.zeros(cores, np.int64) for _ in range(5))
    sums = np.zeros((*cores[:2], cores[2] + 1, 4), np.int64)
    for name, route in routes.of.items():
        fired = np.ascontiguousarray(activity.spikes[name])
        _received(
            fired, route.row_ptr, route.core, route.deliveries, route.synapses, taken, operations
        )
        _sent(fired, route.home, _per_neuron(route), sums)
    work = Work(operations, active, inactive, spikes, taken, *np.moveaxis(sums, 3, 0))
    _update(work, routes, activity, rule)
    return work
