"""Compiled parts of the simulation that move flits: events, buffers, sources."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.noc.cycle.compiled import compiled
from polychrony.hardware.noc.cycle.state import PLAIN, Ints, Longs, State, Ways

HEAD, TAIL = 1, 2
IDLE, WANTS_CHANNEL, HAS_CHANNEL = 0, 1, 2
FREE, ROUTERS, SOURCES, EVENTS, INJECTED, EJECTED, WARMUP, LAST = range(8)
# Events that are no flits.
CREDIT, SOURCE_CREDIT, WAKE = -1, -2, -3
COUNT = (1 << 29) - 1


class Cargo(NamedTuple):
    """Messages, and what the simulation writes down about them.

    Args:
        time: see `Messages`, as are the next three.
        source: see there.
        row_ptr: see there.
        flits: see there.
        target: endpoint of each copy; where a way parts, copies of one branch move together, [C].
        copy: number of the copy in each place of `target`, [C].
        after: next message that waits at the same source, [M].
        injected: see `Deliveries`, by message, [M].
        received: see there, by copy, [C].
        trail_at: entry of the trail that each copy writes next, or empty, [C].
        trail_router: see `Trail`.
        trail_cycle: see there.
    """

    time: Longs
    source: Ints
    row_ptr: Longs
    flits: Ints
    target: Ints
    copy: Ints
    after: Ints
    injected: Longs
    received: Longs
    trail_at: Longs
    trail_router: Ints
    trail_cycle: Longs


@compiled
def port_towards(w: Ways, router: int, endpoint: int) -> int:
    """Output port of a router on the way to an endpoint."""
    level = w.level[router]
    way = w.way_router[endpoint, level]
    if way == router:
        return int(w.down_port[endpoint, level])
    if level > 0:
        return int(w.up_port[router])
    if w.column[way] != w.column[router]:
        return 0 if w.column[way] > w.column[router] else 1
    return 2 if w.row[way] > w.row[router] else 3


@compiled
def schedule(s: State, cycle: int, where: int, flit: int) -> None:
    """Event in a later cycle."""
    event = s.number[FREE]
    s.number[FREE] = s.event_next[event]
    slot = cycle & (len(s.wheel) - 1)
    s.event_where[event] = where
    s.event_flit[event] = flit
    s.event_next[event] = s.wheel[slot]
    s.wheel[slot] = event
    s.number[EVENTS] += 1


@compiled
def wake_router(s: State, router: int) -> None:
    """Let a router work in this cycle."""
    if not s.awake[router]:
        s.awake[router] = True
        s.active[s.number[ROUTERS]] = router
        s.number[ROUTERS] += 1
        s.touched[router] = True


@compiled
def wake_source(s: State, source: int) -> None:
    """Let a source work in this cycle."""
    if not s.source_awake[source]:
        s.source_awake[source] = True
        s.source_active[s.number[SOURCES]] = source
        s.number[SOURCES] += 1


@compiled
def count_load(s: State, q: int, cycle: int) -> None:
    """Add what a buffer has held up to now to its load; call before its length changes."""
    if cycle > s.load_since[q]:
        s.load[q] += s.length[q] * (cycle - s.load_since[q])
        s.load_since[q] = cycle


@compiled
def open_packet(w: Ways, s: State, c: Cargo, q: int, cycle: int) -> None:
    """Route the packet at the front of an input channel, from this cycle on.

    Copies that take the same port are brought together; the others follow as further branches.
    """
    router = q // (w.channels * w.ports)
    flit = s.flits[q * w.depth + s.first[q]]
    first, copies = flit >> 32, (flit >> 2) & COUNT
    port = port_towards(w, router, c.target[first])
    together = 1
    for k in range(first + 1, first + copies):
        if port_towards(w, router, c.target[k]) == port:
            here = first + together
            c.target[k], c.target[here] = c.target[here], c.target[k]
            c.copy[k], c.copy[here] = c.copy[here], c.copy[k]
            together += 1
    s.out_port[q] = port
    s.branch[q] = together
    s.stage[q] = WANTS_CHANNEL
    s.ready[q] = cycle + 1 if w.mode == PLAIN else cycle


@compiled
def enter(w: Ways, s: State, c: Cargo, q: int, flit: int, cycle: int) -> None:
    """A flit comes into an input channel."""
    count_load(s, q, cycle)
    v = w.channels
    router = q // (v * w.ports)
    place = s.first[q] + s.length[q]
    if place >= w.depth:
        place -= w.depth
    s.flits[q * w.depth + place] = flit
    s.length[q] += 1
    if s.length[q] > s.peak[q] and cycle >= s.number[WARMUP]:
        s.peak[q] = s.length[q]
    s.busy[router] |= np.int64(1) << (q - router * v * w.ports)
    if s.stage[q] == IDLE:
        open_packet(w, s, c, q, cycle)
    if len(c.trail_at) and flit & HEAD:
        for k in range(flit >> 32, (flit >> 32) + ((flit >> 2) & COUNT)):
            entry = c.trail_at[c.copy[k]]
            c.trail_at[c.copy[k]] += 1
            c.trail_router[entry] = router
            c.trail_cycle[entry] = cycle
    wake_router(s, router)


@compiled
def eject(w: Ways, s: State, c: Cargo, channel: int, flit: int, cycle: int) -> None:
    """A flit arrives at an endpoint over an output channel, which gets its credit back."""
    first, copies = flit >> 32, (flit >> 2) & COUNT
    s.number[EJECTED] += copies
    s.number[LAST] = cycle
    if flit & TAIL:
        for k in range(first, first + copies):
            c.received[c.copy[k]] = cycle
    schedule(s, cycle + w.drain, channel, CREDIT)


@compiled
def happen(w: Ways, s: State, c: Cargo, cycle: int) -> None:
    """All events of a cycle."""
    slot = cycle & (len(s.wheel) - 1)
    event = s.wheel[slot]
    s.wheel[slot] = -1
    while event >= 0:
        where, flit, after = s.event_where[event], s.event_flit[event], s.event_next[event]
        s.event_next[event] = s.number[FREE]
        s.number[FREE] = event
        s.number[EVENTS] -= 1
        if flit >= 0:
            if where >= 0:
                enter(w, s, c, where, flit, cycle)
            else:
                eject(w, s, c, -1 - where, flit, cycle)
        elif flit == CREDIT:
            s.credit[where] += 1
            router = where // (w.ports * w.channels)
            if s.busy[router]:
                wake_router(s, router)
        elif flit == SOURCE_CREDIT:
            s.source_credit[where] += 1
            source = where // w.channels
            if s.source_first[source] >= 0:
                wake_source(s, source)
        else:
            s.wake_at[where] = -1
            if s.busy[where]:
                wake_router(s, where)
        event = after


@compiled
def join_queue(s: State, c: Cargo, message: int) -> None:
    """A message is created: it waits at its source, whose queue has no bound."""
    source = c.source[message]
    if s.source_first[source] < 0:
        s.source_first[source] = message
    else:
        c.after[s.source_last[source]] = message
    s.source_last[source] = message
    c.after[message] = -1
    wake_source(s, source)


@compiled
def inject(w: Ways, s: State, c: Cargo, source: int, cycle: int) -> bool:
    """Send one flit from a source, if there is room; return whether another may follow."""
    v = w.channels
    message = s.source_first[source]
    sent = s.source_sent[source]
    channel = s.source_channel[source]
    if sent == 0:
        # The next channel in turn that has room.
        for _ in range(v):
            channel = channel + 1 if channel + 1 < v else 0
            if s.source_credit[source * v + channel] > 0:
                break
    if s.source_credit[source * v + channel] == 0:
        return False
    s.source_channel[source] = channel
    s.source_credit[source * v + channel] -= 1
    first = c.row_ptr[message]
    copies = c.row_ptr[message + 1] - first
    flit = (first << 32) | (copies << 2)
    s.number[INJECTED] += copies
    if sent == 0:
        flit |= HEAD
        c.injected[message] = cycle + w.inject
    sent += 1
    if sent == c.flits[message]:
        flit |= TAIL
        sent = 0
        s.source_first[source] = c.after[message]
    s.source_sent[source] = sent
    q = w.entry[source] * v + channel
    if w.inject == 0:
        enter(w, s, c, q, flit, cycle)
    else:
        schedule(s, cycle + w.inject, q, flit)
    return bool(s.source_first[source] >= 0)


@compiled
def send(w: Ways, s: State, c: Cargo, q: int, cycle: int) -> None:
    """The front flit of an input channel, or one branch of it, crosses the switch."""
    v = w.channels
    per_router = v * w.ports
    router = q // per_router
    port = router * w.ports + s.out_port[q]
    out = port * v + s.out_channel[q]
    at = q * w.depth + s.first[q]
    flit = s.flits[at]
    copies, branch = (flit >> 2) & COUNT, s.branch[q]
    whole = copies == branch
    if whole:
        count_load(s, q, cycle)
        s.first[q] = s.first[q] + 1 if s.first[q] + 1 < w.depth else 0
        s.length[q] -= 1
        origin = w.origin[q // v]
        if origin >= 0:
            schedule(s, cycle + w.back[q // v], origin * v + q % v, CREDIT)
        else:
            schedule(s, cycle + w.back[q // v], (-2 - origin) * v + q % v, SOURCE_CREDIT)
    else:
        s.flits[at] = ((flit >> 32) + branch) << 32 | (copies - branch) << 2 | HEAD | TAIL
        flit = (flit >> 32) << 32 | np.int64(branch) << 2 | HEAD | TAIL
    if cycle >= s.number[WARMUP]:
        s.link_flits[port] += 1
    s.credit[out] -= 1
    s.free_at[port] = cycle + w.period[port]
    link = w.link[port]
    if link >= 0:
        schedule(s, cycle + w.flight[port], link * v + s.out_channel[q], flit)
    elif w.flight[port] > 0:
        schedule(s, cycle + w.flight[port], -1 - out, flit)
    else:
        eject(w, s, c, out, flit, cycle)
    if flit & TAIL:
        s.owner[out] = -1
    if s.length[q] == 0:
        s.busy[router] &= ~(np.int64(1) << (q - router * per_router))
        if flit & TAIL:
            s.stage[q] = IDLE
    elif flit & TAIL:
        open_packet(w, s, c, q, cycle + 1)


@compiled
def flits_under_way(w: Ways, s: State) -> int:
    """Flits in buffers and on links, counted by the copies they stand for."""
    total = 0
    for q in range(len(s.length)):
        for k in range(s.length[q]):
            total += (s.flits[q * w.depth + (s.first[q] + k) % w.depth] >> 2) & COUNT
    for slot in range(len(s.wheel)):
        event = s.wheel[slot]
        while event >= 0:
            if s.event_flit[event] >= 0:
                total += (s.event_flit[event] >> 2) & COUNT
            event = s.event_next[event]
    return total


@numba.njit(cache=True)
def count_hops(w: Ways, start: Ints, target: Ints) -> npt.NDArray[np.int32]:
    """Links between routers from the router of one endpoint to that of another."""
    hops = np.zeros(len(start), np.int32)
    for k in range(len(start)):
        router = w.way_router[start[k], w.way_router.shape[1] - 1]
        link = w.link[router * w.ports + port_towards(w, router, target[k])]
        while link >= 0:
            hops[k] += 1
            router = link // w.ports
            link = w.link[router * w.ports + port_towards(w, router, target[k])]
    return hops
