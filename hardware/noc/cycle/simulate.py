"""Messages through a network on chip, flit by flit and cycle by cycle."""

from __future__ import annotations

from typing import Any

import numpy as np

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.noc.cycle.calendar import EJECTED, INJECTED
from polychrony.hardware.noc.cycle.cargo import Cargo
from polychrony.hardware.noc.cycle.fabric import Fabric
from polychrony.hardware.noc.cycle.messages import Deliveries, LongArray, Messages, Trail
from polychrony.hardware.noc.cycle.route import count_hops
from polychrony.hardware.noc.cycle.run import run_episodes
from polychrony.hardware.noc.cycle.state import State, empty_state, ways_of
from polychrony.hardware.noc.cycle.travel import flits_under_way


def simulate(
    fabric: Fabric,
    messages: Messages,
    *,
    max_cycles: int | None = None,
    warmup: int = 0,
    trail: bool = False,
) -> Deliveries:
    """Run messages until all are delivered, or for so many cycles.

    Routers are wormhole routers with finite input buffers and credits. Output channels and the
    switch are allocated in one round of grants and accepts, each in turn. Nothing is drawn at
    random.

    Args:
        fabric: the network.
        messages: what its endpoints send.
        max_cycles: cycles after which the run ends.
        warmup: cycle from which flits on links and loads of buffers are counted.
        trail: whether to write down every router that a copy enters.

    Raises:
        HardwareError: a message does not fit the fabric.
    """
    episode_ptr = np.array([0, len(messages.time)], np.int64)
    return _simulate(fabric, messages, episode_ptr, max_cycles, warmup, trail)


def simulate_episodes(
    fabric: Fabric, messages: Messages, episode_ptr: Any, *, trail: bool = False
) -> Deliveries:
    """Run independent episodes, such as the steps of a spiking network.

    Each episode starts in an empty network at its own cycle 0 and lasts until all is delivered.
    All times in the answer are those of the episode.

    Args:
        fabric: the network.
        messages: messages of all episodes, one episode after the other; time ascends within each.
        episode_ptr: messages of episode e are `episode_ptr[e]` to `episode_ptr[e + 1]`, [N + 1].
        trail: whether to write down every router that a copy enters.

    Raises:
        HardwareError: a message does not fit the fabric, or the episodes do not cover them.
    """
    ptr = np.asarray(episode_ptr, np.int64)
    if ptr.ndim != 1 or len(ptr) < 1 or ptr[0] != 0 or ptr[-1] != len(messages.time):
        raise HardwareError(
            f"episodes must run from message 0 to {len(messages.time)}, one after the other"
        )
    if (np.diff(ptr) < 0).any():
        raise HardwareError("episodes: episode_ptr must not descend")
    return _simulate(fabric, messages, ptr, None, 0, trail)


def _simulate(
    fabric: Fabric,
    messages: Messages,
    episode_ptr: LongArray,
    max_cycles: int | None,
    warmup: int,
    trail: bool,
) -> Deliveries:
    _check(fabric, messages, episode_ptr, max_cycles, warmup)
    ways = ways_of(fabric)
    state = empty_state(ways, warmup)
    owner = messages.message_of_copy
    hops = count_hops(ways, messages.source[owner], messages.targets)
    cargo, trail_ptr = _cargo(messages, hops, trail)
    begin, cycles = np.zeros((2, len(episode_ptr) - 1), np.int64)
    limit = -1 if max_cycles is None else max_cycles
    run_episodes(ways, state, cargo, episode_ptr, limit, begin, cycles)
    # The compiled run counts cycles through all episodes.
    start = np.repeat(begin, np.diff(episode_ptr))
    _shift(cargo.injected, start)
    _shift(cargo.received, start[owner])
    route = None
    if trail:
        _shift(cargo.trail_cycle, np.repeat(start[owner], hops + 1))
        route = Trail(trail_ptr, cargo.trail_router, cargo.trail_cycle)
    total = int(cycles.sum())
    shape = (fabric.n_routers, fabric.ports)
    return Deliveries(
        message=owner,
        target=messages.targets,
        generated=messages.time[owner],
        injected=cargo.injected[owner],
        received=cargo.received,
        hops=np.where(cargo.received >= 0, hops, np.int32(-1)),
        link_flits=state.port["link_flits"].reshape(shape),
        buffer_mean=_mean_load(state, total, warmup).reshape(*shape, ways.channels),
        buffer_peak=state.channel["peak"].reshape(*shape, ways.channels),
        cycles=total,
        flits_injected=int(state.number[INJECTED]),
        flits_ejected=int(state.number[EJECTED]),
        in_flight=int(flits_under_way(ways, state)),
        episode_cycles=cycles,
        trail=route,
    )


def _check(
    fabric: Fabric,
    messages: Messages,
    episode_ptr: LongArray,
    max_cycles: int | None,
    warmup: int,
) -> None:
    for name, ends in (("source", messages.source), ("target", messages.targets)):
        wrong = np.flatnonzero((ends < 0) | (ends >= fabric.n_endpoints))
        if len(wrong):
            raise HardwareError(
                f"messages: {name} {ends[wrong[0]]} is no endpoint, allowed are 0 to "
                f"{fabric.n_endpoints - 1}"
            )
    several = np.flatnonzero(np.diff(messages.row_ptr) > 1)
    if len(several):
        if not fabric.router.multicast:
            raise HardwareError(
                f"message {several[0]} has several targets, but routers send copies to one each; "
                "send one message to each target, or set multicast=True"
            )
        if (messages.flits[several] > 1).any():
            raise HardwareError("messages with several targets must have one flit each")
    first = np.zeros(len(messages.time) + 1, bool)
    first[episode_ptr] = True
    if (np.diff(messages.time) < 0)[~first[1:-1]].any():
        raise HardwareError("messages: time must ascend; sort them by time")
    if (max_cycles is not None and max_cycles < 0) or warmup < 0:
        raise HardwareError(
            f"max_cycles {max_cycles} and warmup {warmup}: allowed are 0 and more cycles"
        )


def _cargo(messages: Messages, hops: Any, trail: bool) -> tuple[Cargo, LongArray]:
    m, copies = len(messages.time), len(messages.targets)
    trail_ptr = np.zeros(copies + 1, np.int64)
    np.cumsum(hops + 1, out=trail_ptr[1:])
    entries = int(trail_ptr[-1]) if trail else 0
    cargo = Cargo(
        time=messages.time,
        source=messages.source,
        row_ptr=messages.row_ptr,
        flits=messages.flits,
        target=messages.targets.copy(),
        copy=np.arange(copies, dtype=np.int32),
        after=np.full(m, -1, np.int32),
        injected=np.full(m, -1, np.int64),
        received=np.full(copies, -1, np.int64),
        trail_at=trail_ptr[:-1].copy() if trail else np.empty(0, np.int64),
        trail_router=np.full(entries, -1, np.int32),
        trail_cycle=np.full(entries, -1, np.int64),
    )
    return cargo, trail_ptr


def _shift(cycle: LongArray, start: LongArray) -> None:
    happened = cycle >= 0
    cycle[happened] -= start[happened]


def _mean_load(state: State, cycles: int, warmup: int) -> Any:
    buffers = state.channel
    rest = buffers["length"].astype(np.int64) * max(cycles, warmup)
    return (buffers["load"] + rest) / max(1, cycles - warmup)
