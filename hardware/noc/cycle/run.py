"""Compiled main loop of the simulation."""

from __future__ import annotations

from polychrony.hardware.noc.cycle.calendar import EVENTS, LAST, ROUTERS, SOURCES
from polychrony.hardware.noc.cycle.cargo import Cargo
from polychrony.hardware.noc.cycle.compiled import compiled, natural
from polychrony.hardware.noc.cycle.sources import inject, join_queue
from polychrony.hardware.noc.cycle.state import Longs, State, Ways
from polychrony.hardware.noc.cycle.travel import happen
from polychrony.hardware.noc.cycle.work import work


@compiled
def run_cycle(w: Ways, s: State, c: Cargo, cycle: int) -> None:
    """Sources, then routers; their order does not matter, as all they do takes effect later."""
    kept = 0
    for k in range(s.number[SOURCES]):
        source = s.source_active[k]
        if inject(w, s, c, source, cycle):
            s.source_active[kept] = source
            kept += 1
        else:
            s.source[source].awake = False
    s.number[SOURCES] = kept
    kept = 0
    for k in range(s.number[ROUTERS]):
        router = natural(s.active[k])
        if work(w, s, c, router, cycle):
            s.active[kept] = router
            kept += 1
        else:
            s.router[router].awake = False
    s.number[ROUTERS] = kept


@compiled
def next_cycle(s: State, cycle: int, creation: int) -> int:
    """Next cycle in which something happens; -1 for never."""
    if s.number[ROUTERS] or s.number[SOURCES]:
        return cycle + 1
    if s.number[EVENTS]:
        for later in range(cycle + 1, cycle + 1 + len(s.slot)):
            slot = s.slot[later & s.mask]
            if later == creation or slot.arrivals or slot.credits or slot.alarms:
                return later
    return creation


@compiled
def run_episodes(
    w: Ways,
    s: State,
    c: Cargo,
    episode_ptr: Longs,
    max_cycles: int,
    episode_start: Longs,
    episode_cycles: Longs,
) -> None:
    """Run messages of several episodes, each from an empty network and its own cycle 0.

    Args:
        w: static arrays.
        s: an empty network.
        c: messages.
        episode_ptr: messages of episode e are `episode_ptr[e]` to `episode_ptr[e + 1]`.
        max_cycles: cycles after which an episode ends, or -1 to go on until all is delivered.
        episode_start: written: cycle of the whole run in which each episode begins.
        episode_cycles: written: cycles of each episode.
    """
    start = 0
    for episode in range(len(episode_ptr) - 1):
        message, end = episode_ptr[episode], episode_ptr[episode + 1]
        cycle = start + c.time[message] if message < end else start
        s.number[LAST] = start - 1
        episode_start[episode] = start
        while message < end or s.number[ROUTERS] or s.number[SOURCES] or s.number[EVENTS]:
            if 0 <= max_cycles <= cycle - start:
                break
            happen(w, s, c, cycle)
            while message < end and start + c.time[message] == cycle:
                join_queue(s, c, message)
                message += 1
            run_cycle(w, s, c, cycle)
            after = next_cycle(s, cycle, start + c.time[message] if message < end else -1)
            if after < 0:
                break
            cycle = after
        episode_cycles[episode] = max_cycles if max_cycles >= 0 else s.number[LAST] + 1 - start
        start = cycle + 1
        _rest(w, s)


@compiled
def _rest(w: Ways, s: State) -> None:
    """Turn the arbiters of routers that were at work back, so that no episode sees another."""
    v, ports = w.channels, w.ports
    for router in range(len(s.router)):
        if s.router[router].touched:
            s.router[router].touched = False
            for port in range(router * ports, (router + 1) * ports):
                s.port[port].grant = 0
                s.port[port].accept = 0
                s.port[port].turn = 0
                s.port[port].free_at = 0
                for q in range(port * v, (port + 1) * v):
                    s.out[q].grant = 0
                    s.channel[q].accept = 0
    for source in range(len(s.source)):
        s.source[source].channel = 0
