"""Compiled cycle of one router."""

from __future__ import annotations

from polychrony.hardware.noc.cycle.allocate import (
    allocate_channels,
    allocate_switch,
    ask_switch,
    claim,
    cross,
    forget_requests,
    free_channels,
    has_room,
    in_turn,
)
from polychrony.hardware.noc.cycle.calendar import alarm_at
from polychrony.hardware.noc.cycle.cargo import Cargo
from polychrony.hardware.noc.cycle.compiled import compiled, lowest, natural
from polychrony.hardware.noc.cycle.state import PLAIN, SPECULATIVE, WANTS_CHANNEL, State, Ways


@compiled
def work(w: Ways, s: State, c: Cargo, router: int, cycle: int) -> bool:
    """One cycle of a router.

    Returns:
        Whether the next cycle may bring something new without an event from outside.
    """
    busy = s.router[router].busy
    if busy & (busy - 1):
        return among_rivals(w, s, c, router, cycle)
    return alone(w, s, c, natural(router * w.ports * w.channels + lowest(busy)), cycle)


@compiled
def rest(s: State, router: int, later: bool, until: int, cycle: int) -> bool:
    """End of a cycle of a router; if it only waits for links, it is woken when one is free."""
    if s.router[router].busy == 0:
        return False
    if not later and until >= 0:
        alarm_at(s, until, router)
    return later


@compiled
def alone(w: Ways, s: State, c: Cargo, q: int, cycle: int) -> bool:
    """One cycle of a router that holds flits in one channel only: whoever asks is served."""
    if s.channel[q].ready > cycle:
        return True
    router = natural(w.channel[q].router)
    port = natural(router * w.ports + s.channel[q].out_port)
    open_at = s.port[port].free_at
    asks = open_at <= cycle
    later = False
    if s.channel[q].stage == WANTS_CHANNEL:
        free = free_channels(w, s, port)
        asks = asks and free == 2 and w.mode == SPECULATIVE
        if free:
            later = True
            claim_any(w, s, router, q, port)
            if w.mode == PLAIN:
                s.channel[q].ready = cycle + 1
            elif w.mode != SPECULATIVE:
                asks = open_at <= cycle and has_room(w, s, q, port)
    else:
        asks = asks and has_room(w, s, q, port)
    if asks:
        later = True
        cross(w, s, c, q, cycle)
    return rest(s, router, later, open_at if open_at > cycle else -1, cycle)


@compiled
def claim_any(w: Ways, s: State, router: int, q: int, port: int) -> None:
    """An input channel without rivals takes a free channel of a port, in turn."""
    base = router * w.ports * w.channels
    free = 0
    for out in range(port * w.channels, (port + 1) * w.channels):
        if s.out[out].owner < 0:
            free |= 1 << (out - base)
    claim(w, s, base, q - base, in_turn(free, s.channel[q].accept))


@compiled
def among_rivals(w: Ways, s: State, c: Cargo, router: int, cycle: int) -> bool:
    """One cycle of a router that holds flits in several channels."""
    v, ports = w.channels, w.ports
    base = router * ports * v
    todo = s.router[router].busy
    channel_outputs, switch_outputs = 0, 0
    later, until = False, -1
    while todo:
        local = lowest(todo)
        todo &= todo - 1
        q = natural(base + local)
        out = natural(s.channel[q].out_port)
        port = natural(router * ports + out)
        if s.channel[q].ready > cycle:
            later = True
            continue
        open_at = s.port[port].free_at
        if open_at > cycle and (until < 0 or open_at < until):
            until = open_at
        if s.channel[q].stage == WANTS_CHANNEL:
            free = free_channels(w, s, port)
            if free:
                s.channel_wanted[out] |= 1 << local
                channel_outputs |= 1 << out
            if free == 2 and w.mode == SPECULATIVE and open_at <= cycle:
                ask_switch(w, s, q, False)
                switch_outputs |= 1 << out
        elif open_at <= cycle and has_room(w, s, q, port):
            ask_switch(w, s, q, True)
            switch_outputs |= 1 << out
    if channel_outputs:
        served = allocate_channels(w, s, router, channel_outputs)
        later = True
        if w.mode != SPECULATIVE:
            while served:
                local = lowest(served)
                served &= served - 1
                q = natural(base + local)
                port = router * ports + s.channel[q].out_port
                if w.mode == PLAIN:
                    s.channel[q].ready = cycle + 1
                elif s.port[port].free_at <= cycle and has_room(w, s, q, port):
                    ask_switch(w, s, q, True)
                    switch_outputs |= 1 << s.channel[q].out_port
    if switch_outputs:
        asked = switch_outputs
        allocate_switch(w, s, c, router, switch_outputs, cycle)
        forget_requests(w, s, asked)
        later = True
    return rest(s, router, later, until, cycle)
