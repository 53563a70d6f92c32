"""Messages that the spikes of a run send into the network on chip."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.noc.cycle import Fabric, Messages, mesh_fabric, tree_fabric
from polychrony.hardware.noc.routes import Route, Routes
from polychrony.hardware.profile import Profile
from polychrony.snn.activity import Activity

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SpikeMessages:
    """Messages of each step of each sample, which are episodes of their own.

    Args:
        messages: all of them; those of one episode follow each other, in order of time.
        episode_ptr: first message of each episode, step by step and sample by sample,
            [T * B + 1].
    """

    messages: Messages
    episode_ptr: IntArray


def fabric_of(routes: Routes) -> Fabric:
    """Network on chip of a mapped network; the host is its last endpoint.

    Args:
        routes: routes of the mapped network.
    """
    chip = routes.mapping.chip
    if chip.levels == "tree":
        return tree_fabric(chip.grid, chip.router, chip.cores_per_tile, host_tile=chip.io_tile)
    return mesh_fabric(
        chip.mesh, chip.router, chip.cores_per_tile, chips=chip.chips, host_tile=chip.io_tile
    )


def endpoints_of(routes: Routes) -> IntArray:
    """Endpoint of each core, and of the host at the end, [C + 1]."""
    mapping, chip = routes.mapping, routes.mapping.chip
    order = np.argsort(mapping.tile, kind="stable")
    counts = np.bincount(mapping.tile, minlength=chip.grid.n_tiles)
    place = np.empty(mapping.n_cores, np.int64)
    place[order] = np.arange(mapping.n_cores) - np.repeat(np.cumsum(counts) - counts, counts)
    host = chip.grid.n_tiles * chip.cores_per_tile
    return np.append(mapping.tile * chip.cores_per_tile + place, host)


def departures(routes: Routes, route: Route, profile: Profile) -> IntArray:
    """Cycle in which the spikes of each neuron leave, [N].

    A core updates one neuron after the other; a spike leaves when its neuron has been updated.
    Where the time of an update is unknown, all leave at the beginning of the step.

    Args:
        routes: routes of the mapped network.
        route: route of the population.
        profile: costs.
    """
    n_cores, home = routes.mapping.n_cores, route.home
    update = profile.neuron_inactive.latency
    if not update.known or (home == n_cores).all():
        return np.zeros(len(home), np.int64)
    first = np.zeros(n_cores + 1, np.int64)
    before = np.cumsum(route.copies) - route.copies
    for core in np.unique(home):
        first[core] = before[home == core].min()
    quantum = routes.mapping.chip.router.quantum.require("s")
    seconds = (before - first[home] + 1) * update.require("s")
    ticks: IntArray = np.rint(seconds / quantum).astype(np.int64)
    return ticks


@numba.njit(cache=True, nogil=True)
def _count(spikes, row_ptr, messages, total):  # type: ignore[no-untyped-def]
    n_steps, n_samples, n = spikes.shape
    per_neuron = np.zeros(n, np.int64)
    for i in range(n):
        for e in range(row_ptr[i], row_ptr[i + 1]):
            per_neuron[i] += messages[e]
    for t in range(n_steps):
        for b in range(n_samples):
            for i in range(n):
                if spikes[t, b, i]:
                    total[t, b] += np.int64(spikes[t, b, i]) * per_neuron[i]


@numba.njit(cache=True, nogil=True)
def _fill(spikes, row_ptr, messages, leave, next_free, time, neuron, edge):  # type: ignore[no-untyped-def]
    n_steps, n_samples, n = spikes.shape
    for t in range(n_steps):
        for b in range(n_samples):
            k = next_free[t, b]
            for i in range(n):
                for _ in range(np.int64(spikes[t, b, i])):
                    for e in range(row_ptr[i], row_ptr[i + 1]):
                        for _ in range(messages[e]):
                            time[k], neuron[k], edge[k] = leave[i], i, e
                            k += 1
            next_free[t, b] = k


@numba.njit(cache=True, nogil=True)
def _sort(time, start, order):  # type: ignore[no-untyped-def]
    for episode in range(len(start) - 1):
        a, b = start[episode], start[episode + 1]
        if b - a > 1:
            order[a:b] = a + np.argsort(time[a:b], kind="mergesort")


def spike_messages(routes: Routes, activity: Activity, profile: Profile) -> SpikeMessages:
    """One message per spike and axon that it must reach; to all cores of a tile where routers copy.

    Args:
        routes: routes of the mapped network.
        activity: the run.
        profile: costs; they tell when spikes leave.

    Returns:
        The messages, an episode for each step and sample, in the order of [T, B].
    """
    shape = (activity.n_steps, activity.batch_size)
    total, spikes = np.zeros(shape, np.int64), {}
    for name, route in routes.of.items():
        spikes[name] = np.ascontiguousarray(activity.spikes[name])
        _count(spikes[name], route.row_ptr, route.messages, total)
    start = np.concatenate([[0], np.cumsum(total.reshape(-1))])
    next_free = start[:-1].reshape(shape).copy()
    time, source, edge = (np.empty(start[-1], np.int64) for _ in range(3))
    origin = np.empty(start[-1], np.int64)
    names = list(routes.of)
    for number, name in enumerate(names):
        route = routes.of[name]
        leave = departures(routes, route, profile)
        begin = next_free.copy()
        _fill(spikes[name], route.row_ptr, route.messages, leave, next_free, time, source, edge)
        _mark(origin, begin.reshape(-1), next_free.reshape(-1), number)
    order = np.arange(len(time))
    _sort(time, start, order)
    return SpikeMessages(
        _messages(routes, names, origin[order], time[order], source[order], edge[order]), start
    )


@numba.njit(cache=True, nogil=True)
def _mark(origin, begin, end, number):  # type: ignore[no-untyped-def]
    for k in range(len(begin)):
        origin[begin[k] : end[k]] = number


def _messages(
    routes: Routes,
    names: list[str],
    origin: IntArray,
    time: IntArray,
    neuron: IntArray,
    edge: IntArray,
) -> Messages:
    endpoint = endpoints_of(routes)
    sender = np.empty(len(time), np.int64)
    for number, name in enumerate(names):
        own = origin == number
        sender[own] = endpoint[routes.of[name].home[neuron[own]]]
    if routes.mapping.chip.router.multicast:
        row_ptr, targets = _copies(routes, names, origin, edge, endpoint)
        return Messages.multicast(time, sender, row_ptr, targets)
    target = np.empty(len(time), np.int64)
    for number, name in enumerate(names):
        own = origin == number
        target[own] = endpoint[routes.of[name].core[edge[own]]]
    return Messages.unicast(time, sender, target)


def _copies(
    routes: Routes, names: list[str], origin: IntArray, edge: IntArray, endpoint: IntArray
) -> tuple[IntArray, IntArray]:
    """Rows and endpoints of messages to all cores of a tile that a neuron reaches."""
    start, members, row = [], [], np.empty(len(edge), np.int64)
    rows = cores = 0
    for number, name in enumerate(names):
        ptr, core, group = _tile_groups(routes, routes.of[name])
        own = origin == number
        row[own] = rows + group[edge[own]]
        start.append(ptr[:-1] + cores)
        members.append(endpoint[core])
        rows, cores = rows + len(ptr) - 1, cores + len(core)
    first = np.append(np.concatenate(start), cores)
    sizes = np.diff(first)[row]
    row_ptr = np.concatenate([[0], np.cumsum(sizes)])
    place = np.arange(row_ptr[-1]) - np.repeat(row_ptr[:-1] - first[row], sizes)
    return row_ptr, np.concatenate(members)[place]


def _tile_groups(routes: Routes, route: Route) -> tuple[IntArray, IntArray, IntArray]:
    """Cores that one message of a neuron to a tile reaches: rows, cores, and row of each edge."""
    tile = routes.mapping.tile[route.core]
    order = np.lexsort((route.core, tile, route.neuron))
    place = route.neuron[order] * routes.mapping.chip.grid.n_tiles + tile[order]
    begins = np.diff(place, prepend=-1) != 0
    row = np.empty(len(place), np.int64)
    row[order] = np.cumsum(begins) - 1
    return np.append(np.flatnonzero(begins), len(place)), route.core[order], row
