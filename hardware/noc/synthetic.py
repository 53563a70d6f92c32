"""Synthetic traffic for a mesh with one core on each tile."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.noc.packets import Packets

PATTERNS = "uniform, transpose or hotspot:TILE,TILE,..."
# Draws in one go: bounds the memory on large meshes without a loop over cycles.
DRAWS = 1 << 20

IntArray = npt.NDArray[np.int32]


def synthetic_packets(
    mesh: Mesh, traffic: str, rate: float, cycles: int, packet_flits: int = 1, seed: int = 0
) -> Packets:
    """Packets from Bernoulli sources that do not wait for the network.

    In each cycle every node creates a packet with probability rate / packet_flits.

    Args:
        mesh: tiles, with one node each.
        traffic: `uniform` (any node, the sender included), `transpose` (x,y to y,x) or
            `hotspot:0,27` (one of the nodes named, each as likely).
        rate: offered load in flits per node and cycle.
        cycles: cycles in which packets are created.
        packet_flits: flits of each packet.
        seed: seed of the random draws.

    Returns:
        Packets in ascending time, and by source within a cycle.

    Raises:
        HardwareError: the traffic, the rate, the cycles or the flits cannot be.
    """
    if packet_flits < 1 or cycles < 0:
        raise HardwareError(
            f"{packet_flits} flits and {cycles} cycles: give at least 1 flit and 0 cycles"
        )
    if not 0 <= rate <= packet_flits:
        raise HardwareError(
            f"rate {rate} lies outside 0 to {packet_flits} flits per node and cycle"
        )
    choices = _choices(mesh, traffic)
    rng = np.random.default_rng(seed)
    step = max(1, DRAWS // mesh.n_tiles)
    times, sources = [np.empty(0, np.int64)], [np.empty(0, np.int32)]
    for start in range(0, cycles, step):
        shape = (min(step, cycles - start), mesh.n_tiles)
        cycle, node = np.nonzero(rng.random(shape) < rate / packet_flits)
        times.append(cycle + start)
        sources.append(node.astype(np.int32))
    source = np.concatenate(sources)
    # A generator of its own, so that the targets do not depend on how the cycles are cut.
    column = np.random.default_rng([seed, 1]).integers(choices.shape[1], size=len(source))
    target = choices[source if len(choices) > 1 else 0, column]
    flits = np.full(len(source), packet_flits, np.int32)
    return Packets(np.concatenate(times), source, target, flits)


def _choices(mesh: Mesh, traffic: str) -> IntArray:
    """Targets of each node, [nodes, choices]; one row stands for all nodes."""
    tiles = np.arange(mesh.n_tiles, dtype=np.int32)
    if traffic == "uniform":
        return tiles[None]
    if traffic == "transpose":
        if mesh.columns != mesh.rows:
            raise HardwareError(
                f"transpose on {mesh.columns}x{mesh.rows}: needs a square mesh; use uniform"
            )
        return tiles.reshape(mesh.rows, mesh.columns).T.reshape(-1, 1)
    name, _, listed = traffic.partition(":")
    if name != "hotspot":
        raise HardwareError(f"unknown traffic '{traffic}': choose {PATTERNS}")
    try:
        spots = np.array([int(spot) for spot in listed.split(",")], dtype=np.int64)
    except ValueError:
        raise HardwareError(f"traffic '{traffic}' names no tiles: write hotspot:0,27") from None
    mesh.coordinates(spots)
    return spots.astype(np.int32)[None]
