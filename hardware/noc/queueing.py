"""Latency on a mesh without simulating cycles: at zero load, or with waiting by M/D/1."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.noc.packets import Packets
from polychrony.hardware.router import PIPELINES, Pipeline

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Outputs of a router: east, west, north, south, and to its own core.
OUTPUTS = 5


def analytic_latency(mesh: Mesh, packets: Packets, pipeline: Pipeline = "speculative") -> IntArray:
    """Latency of each packet in an empty network.

        latency = per_hop * hops + constant + flits - 1

    from creation to ejection of the tail.

    Args:
        mesh: tiles, with one node each.
        packets: packets; their times do not matter.
        pipeline: `speculative` (3 H + 5), `plain` (5 H + 7) or `asynchronous` (H).

    Returns:
        Cycles, [M].

    Raises:
        HardwareError: there is no such pipeline or node.
    """
    per_hop, constant = _pipeline(pipeline)
    tiles = np.arange(mesh.n_tiles)
    x, y = mesh.coordinates(tiles)
    _check(mesh, packets)
    return np.asarray(
        _zero_load(x, y, packets.source, packets.target, packets.flits, per_hop, constant)
    )


def queueing_latency(
    mesh: Mesh, packets: Packets, cycles: int, pipeline: Pipeline = "speculative"
) -> FloatArray:
    """Expected latency of each packet: zero load, and M/D/1 waiting at each link of its route.

        W = rho s / (2 (1 - rho))

    with s the mean flits of a packet on the link and rho its flits per cycle. The link from the
    last router to the core counts as one.

    Args:
        mesh: tiles, with one node each.
        packets: packets that share the links.
        cycles: cycles over which they were created.
        pipeline: `speculative`, `plain` or `asynchronous`.

    Returns:
        Cycles, [M].

    Raises:
        HardwareError: a link is offered a flit per cycle or more, so that no mean exists.
    """
    if cycles < 1:
        raise HardwareError(f"{cycles} cycles: packets must be created over at least 1")
    latency = analytic_latency(mesh, packets, pipeline).astype(np.float64)
    x, y = mesh.coordinates(np.arange(mesh.n_tiles))
    route = (mesh.columns, x, y, packets.source, packets.target)
    flits, count = np.zeros(mesh.n_tiles * OUTPUTS), np.zeros(mesh.n_tiles * OUTPUTS)
    _add_loads(*route, packets.flits, flits, count)
    load = flits / cycles
    if load.size and load.max() >= 1:
        tile = int(load.argmax()) // OUTPUTS
        raise HardwareError(
            f"a link of tile {tile} is offered {load.max():.3g} flits per cycle, not below 1:"
            " lower the rate or simulate cycles"
        )
    wait = load * (flits / np.maximum(count, 1)) / (2 * (1 - load))
    _add_waits(*route, wait, latency)
    return latency


def _pipeline(name: Pipeline) -> tuple[int, int]:
    if name not in PIPELINES:
        raise HardwareError(f"unknown pipeline '{name}': choose {', '.join(PIPELINES)}")
    return PIPELINES[name]


def _check(mesh: Mesh, packets: Packets) -> None:
    for name, nodes in (("source", packets.source), ("target", packets.target)):
        if len(nodes) and (nodes.min() < 0 or nodes.max() >= mesh.n_tiles):
            raise HardwareError(f"a {name} lies outside nodes 0 to {mesh.n_tiles - 1}")


@numba.njit(cache=True)
def _zero_load(x, y, source, target, flits, per_hop, constant):  # type: ignore[no-untyped-def]
    latency = np.empty(len(source), np.int64)
    for i in range(len(source)):
        s, t = source[i], target[i]
        hops = abs(x[s] - x[t]) + abs(y[s] - y[t])
        latency[i] = per_hop * hops + constant + flits[i] - 1
    return latency


@numba.njit(cache=True)
def _step(columns, x, y, tile, target):  # type: ignore[no-untyped-def]
    """Output that dimension order takes, and the tile behind it."""
    if x[tile] < x[target]:
        return 0, tile + 1
    if x[tile] > x[target]:
        return 1, tile - 1
    if y[tile] < y[target]:
        return 2, tile + columns
    return 3, tile - columns


@numba.njit(cache=True)
def _add_loads(columns, x, y, source, target, size, flits, count):  # type: ignore[no-untyped-def]
    for i in range(len(source)):
        tile = np.int64(source[i])
        while tile != target[i]:
            output, following = _step(columns, x, y, tile, target[i])
            flits[tile * 5 + output] += size[i]
            count[tile * 5 + output] += 1
            tile = following
        flits[tile * 5 + 4] += size[i]
        count[tile * 5 + 4] += 1


@numba.njit(cache=True)
def _add_waits(columns, x, y, source, target, wait, latency):  # type: ignore[no-untyped-def]
    for i in range(len(source)):
        tile = np.int64(source[i])
        while tile != target[i]:
            output, following = _step(columns, x, y, tile, target[i])
            latency[i] += wait[tile * 5 + output]
            tile = following
        latency[i] += wait[tile * 5 + 4]
