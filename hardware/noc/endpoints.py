"""Where cores and the host hang on the network on chip, and when spikes leave them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from polychrony.hardware.noc.cycle import Fabric, mesh_fabric, tree_fabric
from polychrony.hardware.noc.routes import Route, Routes
from polychrony.hardware.profile import Profile

IntArray = npt.NDArray[np.int64]


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
