"""Latency and throughput of a mesh under traffic: a warm-up, a measured window, and a drain."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.noc.cycle import Messages, mesh_fabric, simulate
from polychrony.hardware.noc.modes import check_mode
from polychrony.hardware.noc.packets import Packets
from polychrony.hardware.noc.queueing import analytic_latency
from polychrony.hardware.noc.queues import queue_messages
from polychrony.hardware.noc.synthetic import synthetic_packets
from polychrony.hardware.router import PIPELINES, Router

LongArray = npt.NDArray[np.int64]

PERCENTILES = (50, 95, 99, 100)
# Sources go on for this share of the window after its end, so that its last packets meet traffic.
_TAIL = 0.1
# An unloaded network needs once the time of its longest way.
_DRAIN = 10
# A mean latency that grew by a quarter over the window, which chance does not explain.
_GROWTH, _ERRORS = 1.25, 5.0


@dataclass(frozen=True)
class Measured:
    """What a run showed; None where no packet was there to show it.

    Args:
        latency_mean: mean over the packets created in the window that arrived, from creation to
            ejection of the tail, cycles.
        latency_percentiles: the same at 50, 95, 99 and 100 %, cycles.
        hops_mean: links between routers on their way, mean over the same packets.
        throughput: flits of packets that arrived in the window, per node and cycle.
        offered: flits of packets created in the window, per node and cycle.
        packets: packets created in the window.
        delivered_fraction: share of them that arrived before the run ended.
        saturated: whether the network could not carry what was offered; None for recorded packets.
        cycles: cycles until the last packet arrived, or the run was ended.
        flits: flits of all packets that arrived, measured or not.
        seconds: time that the computation took, s.
    """

    latency_mean: float | None
    latency_percentiles: dict[str, float] | None
    hops_mean: float | None
    throughput: float
    offered: float
    packets: int
    delivered_fraction: float | None
    saturated: bool | None
    cycles: int
    flits: int
    seconds: float


def measure_synthetic(
    mesh: Mesh,
    router: Router,
    traffic: str = "uniform",
    rate: float = 0.1,
    *,
    cycles: int = 20000,
    warmup: int = 3000,
    packet_flits: int = 1,
    seed: int = 0,
    mode: str = "cycle",
) -> Measured:
    """Measure synthetic traffic.

    Packets created in the window [warmup, cycles) are measured. Sources go on for a tenth of the
    window after it, then are silent, and the run ends when all packets have arrived; at the latest
    as many cycles after the window as the window has, or ten times those that the longest way takes
    without load, if that is more. A network that cannot carry the traffic
    does not get rid of its packets in that time, or its latency grows all through the window:
    either makes it `saturated`, and then the mean says how long was waited, not how long a packet
    takes.

    Args:
        mesh: tiles, with one node each.
        router: timing and buffers; its links take one cycle.
        traffic: see `synthetic_packets`, as are the rate, the flits and the seed.
        rate: offered load in flits per node and cycle.
        cycles: cycle in which the window ends.
        warmup: cycle in which it begins.
        packet_flits: flits of each packet.
        seed: seed of the random draws.
        mode: one of `MODES`.

    Raises:
        HardwareError: the traffic, the window or the mode cannot be.
    """
    window = _window(warmup, cycles)
    tail = math.ceil(_TAIL * window)
    packets = synthetic_packets(mesh, traffic, rate, cycles + tail, packet_flits, seed)
    per_hop, besides = PIPELINES[router.pipeline]
    longest = per_hop * (mesh.columns + mesh.rows - 2) + besides + packet_flits - 1
    limit = cycles + max(window, _DRAIN * longest)
    return _measure(mode, mesh, router, packets, warmup, cycles, limit)


def measure_recorded(
    mesh: Mesh,
    router: Router,
    packets: Packets,
    *,
    cycles: int | None = None,
    warmup: int = 0,
    mode: str = "cycle",
) -> Measured:
    """Measure recorded packets; the run lasts until all have arrived.

    Args:
        mesh: tiles, with one node each.
        router: timing and buffers; its links take one cycle.
        packets: see `read_trace`.
        cycles: cycle in which the window ends; by default that in which the last packet arrives.
        warmup: cycle in which it begins.
        mode: one of `MODES`.

    Raises:
        HardwareError: a packet, the window or the mode cannot be.
    """
    _window(warmup, warmup + 1 if cycles is None else cycles)
    return _measure(mode, mesh, router, packets, warmup, cycles, None)


def _window(warmup: int, cycles: int) -> int:
    if not 0 <= warmup < cycles:
        raise HardwareError(
            f"warmup {warmup} and cycles {cycles}: the window from the one to the other needs at"
            " least 1 cycle; lower the warm-up"
        )
    return cycles - warmup


def _cycle(mesh: Mesh, router: Router, packets: Packets, limit: int | None) -> LongArray:
    messages = Messages.unicast(*packets)
    return simulate(mesh_fabric(mesh, router), messages, max_cycles=limit).received


def _queueing(mesh: Mesh, router: Router, packets: Packets, limit: int | None) -> LongArray:
    messages = Messages.unicast(*packets)
    return queue_messages(mesh_fabric(mesh, router), messages, np.array([0, len(packets.time)]))


def _analytic(mesh: Mesh, router: Router, packets: Packets, limit: int | None) -> LongArray:
    return packets.time + analytic_latency(mesh, packets, router.pipeline)


_ARRIVE = {"analytic": _analytic, "queueing": _queueing, "cycle": _cycle}


def _arrivals(
    mode: str, mesh: Mesh, router: Router, packets: Packets, limit: int | None
) -> tuple[LongArray, float]:
    """Cycle in which each packet arrives, and the time that it took to compute, s."""
    check_mode(mode)
    arrive = _ARRIVE[mode]
    created, source, target, flits = packets
    nothing = Packets(created[:0], source[:0], target[:0], flits[:0])
    arrive(mesh, router, nothing, limit)  # compiles
    start = time.perf_counter()
    received = arrive(mesh, router, packets, limit)
    return received, time.perf_counter() - start


def _measure(
    mode: str,
    mesh: Mesh,
    router: Router,
    packets: Packets,
    warmup: int,
    cycles: int | None,
    limit: int | None,
) -> Measured:
    received, seconds = _arrivals(mode, mesh, router, packets, limit)
    arrived = received >= 0
    if limit is not None:
        arrived &= received < limit
    ended = int(received.max(initial=-1)) + 1 if arrived.all() or limit is None else limit
    end = max(ended, warmup + 1) if cycles is None else cycles
    created = (packets.time >= warmup) & (packets.time < end)
    inside = arrived & (received >= warmup) & (received < end)
    kept = np.flatnonzero(created & arrived)
    latency = (received - packets.time)[kept]
    hops = sum(mesh.hops(packets.source[kept], packets.target[kept]))
    n, node_cycles = int(created.sum()), mesh.n_tiles * (end - warmup)
    saturated = None
    if limit is not None:
        saturated = len(kept) < n or _grew(packets.time[kept], latency, (warmup + end) / 2)
    return Measured(
        latency_mean=float(latency.mean()) if len(kept) else None,
        latency_percentiles=_percentiles(latency),
        hops_mean=float(np.mean(hops)) if len(kept) else None,
        throughput=float(packets.flits[inside].sum()) / node_cycles,
        offered=float(packets.flits[created].sum()) / node_cycles,
        packets=n,
        delivered_fraction=len(kept) / n if n else None,
        saturated=saturated,
        cycles=ended,
        flits=int(packets.flits[arrived].sum(dtype=np.int64)),
        seconds=seconds,
    )


def _percentiles(latency: LongArray) -> dict[str, float] | None:
    if not len(latency):
        return None
    return {str(p): float(np.percentile(latency, p)) for p in PERCENTILES}


def _grew(created: LongArray, latency: LongArray, middle: float) -> bool:
    """Whether the mean latency grew from the first half of the window to the second."""
    halves = latency[created < middle], latency[created >= middle]
    if min(map(len, halves)) < 2:
        return False
    first, second = (float(half.mean()) for half in halves)
    chance = math.sqrt(sum(float(half.var()) / len(half) for half in halves))
    return second > _GROWTH * first and second - first > _ERRORS * chance
