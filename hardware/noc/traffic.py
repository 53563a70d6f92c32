"""Count what the spikes of a run make the chip do, step by step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polychrony.hardware.noc.routes import Origin, Routes
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
        messages_in: messages that a core takes in.
        messages_out: messages that a core sends.
        hops_east_west: links to the east or west that its messages cross.
        hops_north_south: links to the north or south that they cross.
        within_tile: messages to cores of its own tile.
    """

    synaptic_ops: IntArray
    active: IntArray
    inactive: IntArray
    messages_in: IntArray
    messages_out: IntArray
    hops_east_west: IntArray
    hops_north_south: IntArray
    within_tile: IntArray


def _whole(values: npt.NDArray[np.float64]) -> IntArray:
    return np.rint(values).astype(np.int64)


def _send(work: Work, origin: Origin, spikes: npt.NDArray[np.float64]) -> None:
    # Sums below 2^53 are exact in float64, whose matrix products are much faster than int64's.
    messages = _whole(spikes @ origin.reached.astype(np.float64))
    work.synaptic_ops[...] += _whole(spikes @ origin.synapses.astype(np.float64))
    work.messages_in[...] += messages
    work.messages_out[..., origin.core] += messages.sum(axis=2)
    work.hops_east_west[..., origin.core] += messages @ origin.east_west
    work.hops_north_south[..., origin.core] += messages @ origin.north_south
    work.within_tile[..., origin.core] += messages @ origin.local.astype(np.int64)


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


def count_work(routes: Routes, activity: Activity, rule: ActiveWhen = "spike") -> Work:
    """Events of a run on its cores.

    A spike is sent in its step, as one message to each core that holds targets; there each of its
    synapses is one operation, in the same step, however long its delay. An input count above 1 is
    so many spikes. Every neuron is updated in every step, once.

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
    senders = (*cores[:2], cores[2] + 1)
    received = [np.zeros(cores, np.int64) for _ in range(4)]
    work = Work(*received, *(np.zeros(senders, np.int64) for _ in range(4)))
    for origin in routes.origins:
        spikes = activity.spikes[origin.population][:, :, origin.start : origin.stop]
        _send(work, origin, spikes.astype(np.float64))
    active: dict[str, IntArray] = {}
    for core, part in enumerate(mapping.slices):
        if part.population not in active:
            active = {part.population: _active(mapping.graph, activity, part.population, rule)}
        inside = active[part.population][:, :, part.start : part.stop]
        work.active[..., core] = inside.sum(axis=2)
        work.inactive[..., core] = part.n_neurons - work.active[..., core]
    return work
