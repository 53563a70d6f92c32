"""Compiled moves of flits, from buffer to buffer."""

from __future__ import annotations

import numpy as np

from polychrony.hardware.noc.cycle.calendar import (
    EJECTED,
    EVENTS,
    LAST,
    WARMUP,
    arrive_at,
    credit_at,
    wake_router,
    wake_source,
)
from polychrony.hardware.noc.cycle.cargo import Cargo
from polychrony.hardware.noc.cycle.compiled import compiled, natural
from polychrony.hardware.noc.cycle.route import port_towards
from polychrony.hardware.noc.cycle.state import (
    COUNT,
    HEAD,
    IDLE,
    PLAIN,
    TAIL,
    WANTS_CHANNEL,
    State,
    Ways,
)


@compiled
def open_packet(w: Ways, s: State, c: Cargo, q: int, cycle: int) -> None:
    """Route the packet at the front of an input channel, from this cycle on.

    Copies that take the same port are brought together; the others follow as further branches.
    """
    router = natural(w.channel[q].router)
    flit = s.flits[natural(q * w.depth + s.channel[q].first)]
    first, copies = flit >> 32, (flit >> 2) & COUNT
    port = port_towards(w, router, c.target[natural(first)])
    together = 1
    for k in range(first + 1, first + copies):
        if port_towards(w, router, c.target[k]) == port:
            here = first + together
            c.target[k], c.target[here] = c.target[here], c.target[k]
            c.copy[k], c.copy[here] = c.copy[here], c.copy[k]
            together += 1
    s.channel[q].out_port = port
    s.channel[q].branch = together
    s.channel[q].stage = WANTS_CHANNEL
    s.channel[q].ready = cycle + 1 if w.mode == PLAIN else cycle


@compiled
def enter(w: Ways, s: State, c: Cargo, q: int, flit: int, cycle: int) -> None:
    """A flit comes into an input channel."""
    v = w.channels
    router = natural(w.channel[q].router)
    place = s.channel[q].first + s.channel[q].length
    if place >= w.depth:
        place -= w.depth
    s.flits[natural(q * w.depth + place)] = flit
    s.channel[q].length += 1
    s.channel[q].load -= max(cycle, s.number[WARMUP])
    if s.channel[q].length > s.channel[q].peak and cycle >= s.number[WARMUP]:
        s.channel[q].peak = s.channel[q].length
    s.router[router].busy |= np.int64(1) << (q - router * v * w.ports)
    if s.channel[q].stage == IDLE:
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
    credit_at(s, cycle + w.drain, channel)


@compiled
def happen(w: Ways, s: State, c: Cargo, cycle: int) -> None:
    """All that the cycles before have set for this one."""
    slot = natural(cycle & s.mask)
    arrivals, credits, alarms = s.slot[slot].arrivals, s.slot[slot].credits, s.slot[slot].alarms
    s.slot[slot].arrivals = 0
    s.slot[slot].credits = 0
    s.slot[slot].alarms = 0
    s.number[EVENTS] -= arrivals + credits + alarms
    first = slot * s.most
    for k in range(first, first + arrivals):
        where, flit = s.arrival[k].where, s.arrival[k].flit
        if where >= 0:
            enter(w, s, c, natural(where), flit, cycle)
        else:
            eject(w, s, c, natural(-1 - where), flit, cycle)
    first = slot * s.most
    for k in range(first, first + credits):
        take_credit(w, s, s.credit[k])
    first = slot * len(s.router)
    for k in range(first, first + alarms):
        router = s.alarm[k]
        s.alarmed[first + router] = False
        if s.router[router].busy:
            wake_router(s, router)


@compiled
def take_credit(w: Ways, s: State, where: int) -> None:
    """An output channel may send one more flit, or a source may, -1 - its channel."""
    if where >= 0:
        s.out[natural(where)].credit += 1
        router = natural(w.channel[natural(where)].router)
        if s.router[router].busy:
            wake_router(s, router)
    else:
        s.source_credit[-1 - where] += 1
        source = (-1 - where) // w.channels
        if s.source[source].first >= 0:
            wake_source(s, source)


@compiled
def send(w: Ways, s: State, c: Cargo, q: int, cycle: int) -> None:
    """The front flit of an input channel, or one branch of it, crosses the switch."""
    v = w.channels
    per_router = v * w.ports
    router = natural(w.channel[q].router)
    entry = natural(w.channel[q].port)
    port = natural(router * w.ports + s.channel[q].out_port)
    out = natural(port * v + s.channel[q].out_channel)
    at = natural(q * w.depth + s.channel[q].first)
    flit = s.flits[at]
    copies, branch = (flit >> 2) & COUNT, s.channel[q].branch
    whole = copies == branch
    if whole:
        s.channel[q].load += max(cycle, s.number[WARMUP])
        s.channel[q].first = s.channel[q].first + 1 if s.channel[q].first + 1 < w.depth else 0
        s.channel[q].length -= 1
        origin = w.port[entry].origin
        if origin >= 0:
            credit_at(s, cycle + w.port[entry].back, origin * v + q - entry * v)
        else:
            place = (-2 - origin) * v + q - entry * v
            credit_at(s, cycle + w.port[entry].back, -1 - place)
    else:
        s.flits[at] = ((flit >> 32) + branch) << 32 | (copies - branch) << 2 | HEAD | TAIL
        flit = (flit >> 32) << 32 | np.int64(branch) << 2 | HEAD | TAIL
    if cycle >= s.number[WARMUP]:
        s.port[port].link_flits += 1
    s.out[out].credit -= 1
    s.port[port].free_at = cycle + w.port[port].period
    link = w.port[port].link
    if link >= 0:
        arrive_at(s, cycle + w.port[port].flight, link * v + s.channel[q].out_channel, flit)
    elif w.port[port].flight > 0:
        arrive_at(s, cycle + w.port[port].flight, -1 - out, flit)
    else:
        eject(w, s, c, out, flit, cycle)
    if flit & TAIL:
        s.out[out].owner = -1
    if s.channel[q].length == 0:
        s.router[router].busy &= ~(np.int64(1) << (q - router * per_router))
        if flit & TAIL:
            s.channel[q].stage = IDLE
    elif flit & TAIL:
        open_packet(w, s, c, q, cycle + 1)


@compiled
def flits_under_way(w: Ways, s: State) -> int:
    """Flits in buffers and on links, counted by the copies they stand for."""
    total = 0
    for q in range(len(s.channel)):
        for k in range(s.channel[q].length):
            total += (s.flits[q * w.depth + (s.channel[q].first + k) % w.depth] >> 2) & COUNT
    for slot in range(len(s.slot)):
        first = slot * s.most
        for k in range(first, first + s.slot[slot].arrivals):
            total += (s.arrival[k].flit >> 2) & COUNT
    return total
