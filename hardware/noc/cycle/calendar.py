"""Compiled calendar of the simulation: what is to happen, and who is at work."""

from __future__ import annotations

from polychrony.hardware.noc.cycle.compiled import compiled, natural
from polychrony.hardware.noc.cycle.state import State

ROUTERS, SOURCES, EVENTS, INJECTED, EJECTED, WARMUP, LAST = range(7)


@compiled
def arrive_at(s: State, cycle: int, where: int, flit: int) -> None:
    """A flit will arrive at an input channel, or at the end of an output channel, -1 - channel."""
    slot = natural(cycle & s.mask)
    place = natural(slot * s.most + s.slot[slot].arrivals)
    s.arrival[place].flit = flit
    s.arrival[place].where = where
    s.slot[slot].arrivals += 1
    s.number[EVENTS] += 1


@compiled
def credit_at(s: State, cycle: int, where: int) -> None:
    """A place will be free again for an output channel, or for a source, -1 - its channel."""
    slot = natural(cycle & s.mask)
    s.credit[natural(slot * s.most + s.slot[slot].credits)] = where
    s.slot[slot].credits += 1
    s.number[EVENTS] += 1


@compiled
def alarm_at(s: State, cycle: int, router: int) -> None:
    """A router that waits for a link will work again."""
    slot = natural(cycle & s.mask)
    first = slot * len(s.router)
    if not s.alarmed[first + router]:
        s.alarmed[first + router] = True
        s.alarm[first + s.slot[slot].alarms] = router
        s.slot[slot].alarms += 1
        s.number[EVENTS] += 1


@compiled
def wake_router(s: State, router: int) -> None:
    """Let a router work in this cycle."""
    if not s.router[router].awake:
        s.router[router].awake = True
        s.active[s.number[ROUTERS]] = router
        s.number[ROUTERS] += 1
        s.router[router].touched = True


@compiled
def wake_source(s: State, source: int) -> None:
    """Let a source work in this cycle."""
    if not s.source[source].awake:
        s.source[source].awake = True
        s.source_active[s.number[SOURCES]] = source
        s.number[SOURCES] += 1
