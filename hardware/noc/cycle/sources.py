"""Compiled sources: queues without bound in front of the network."""

from __future__ import annotations

from polychrony.hardware.noc.cycle.calendar import INJECTED, arrive_at, wake_source
from polychrony.hardware.noc.cycle.cargo import Cargo
from polychrony.hardware.noc.cycle.compiled import compiled
from polychrony.hardware.noc.cycle.state import HEAD, TAIL, State, Ways
from polychrony.hardware.noc.cycle.travel import enter


@compiled
def join_queue(s: State, c: Cargo, message: int) -> None:
    """A message is created: it waits at its source, whose queue has no bound."""
    source = c.source[message]
    if s.source[source].first < 0:
        s.source[source].first = message
    else:
        c.after[s.source[source].last] = message
    s.source[source].last = message
    c.after[message] = -1
    wake_source(s, source)


@compiled
def inject(w: Ways, s: State, c: Cargo, source: int, cycle: int) -> bool:
    """Send one flit from a source, if there is room; return whether another may follow."""
    v = w.channels
    message = s.source[source].first
    sent = s.source[source].sent
    channel = s.source[source].channel
    if sent == 0:
        # The next channel in turn that has room.
        for _ in range(v):
            channel = channel + 1 if channel + 1 < v else 0
            if s.source_credit[source * v + channel] > 0:
                break
    if s.source_credit[source * v + channel] == 0:
        return False
    s.source[source].channel = channel
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
        s.source[source].first = c.after[message]
    s.source[source].sent = sent
    q = w.entry[source] * v + channel
    if w.inject == 0:
        enter(w, s, c, q, flit, cycle)
    else:
        arrive_at(s, cycle + w.inject, q, flit)
    return bool(s.source[source].first >= 0)
