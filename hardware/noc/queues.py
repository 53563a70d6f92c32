"""Waiting in the mesh without back-pressure: every link is a queue of any length."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from polychrony.hardware.noc.cycle import Fabric, Messages
from polychrony.hardware.noc.cycle.compiled import compiled
from polychrony.hardware.noc.cycle.route import port_towards
from polychrony.hardware.noc.cycle.state import PLAIN, Ways, ways_of

LongArray = npt.NDArray[np.int64]

_SLOTS = 1 << 15  # cycles ahead that are kept apart; what is due later is put off, round by round
_CYCLE, _ROUTER, _MESSAGE, _FIRST, _END, _NEXT = range(6)  # of an event: copies reach a router
_UNUSED, _PENDING = range(2)


class _Links(NamedTuple):
    """Times of the links, see `Ways`; `decide` is how long a router thinks before."""

    flight: npt.NDArray[np.int32]
    link: npt.NDArray[np.int32]
    period: npt.NDArray[np.int32]
    decide: int


class _Events(NamedTuple):
    """Lists of events, one for each cycle ahead."""

    event: LongArray
    slot: LongArray
    number: LongArray


class _Load(NamedTuple):
    """Copies on their way, in an order in which those that travel together are neighbours."""

    targets: npt.NDArray[np.int32]
    copy: LongArray
    flits: npt.NDArray[np.int32]
    received: LongArray


@compiled
def _append(e: _Events, event: int) -> None:
    """Append an event to the list of its slot."""
    slot = e.event[event, _CYCLE] & (len(e.slot) - 1)
    e.event[event, _NEXT] = -1
    if e.slot[slot, 0] < 0:
        e.slot[slot, 0] = event
    else:
        e.event[e.slot[slot, 1], _NEXT] = event
    e.slot[slot, 1] = event


@compiled
def _schedule(e: _Events, cycle: int, router: int, message: int, first: int, end: int) -> None:
    """Copies of a message reach a router in a later cycle, or in this one."""
    event = e.number[_UNUSED]
    e.number[_UNUSED] = e.event[event, _NEXT]
    e.number[_PENDING] += 1
    e.event[event, _CYCLE], e.event[event, _ROUTER] = cycle, router
    e.event[event, _MESSAGE], e.event[event, _FIRST], e.event[event, _END] = message, first, end
    _append(e, event)


@compiled
def _together(w: Ways, c: _Load, router: int, first: int, end: int) -> tuple[int, int]:
    """Bring the copies that leave a router by the same port as the first to the front.

    Returns:
        The port, and the first copy that does not take it.
    """
    port = port_towards(w, router, c.targets[first])
    after = first + 1
    for k in range(first + 1, end):
        if port_towards(w, router, c.targets[k]) == port:
            c.targets[k], c.targets[after] = c.targets[after], c.targets[k]
            c.copy[k], c.copy[after] = c.copy[after], c.copy[k]
            after += 1
    return port, after


@compiled
def _pass_on(
    w: Ways, times: _Links, e: _Events, c: _Load, free: LongArray, event: int, cycle: int
) -> None:
    """Copies that have reached a router take their links."""
    router, message = e.event[event, _ROUTER], e.event[event, _MESSAGE]
    first, end = e.event[event, _FIRST], e.event[event, _END]
    e.event[event, _NEXT], e.number[_UNUSED] = e.number[_UNUSED], event
    e.number[_PENDING] -= 1
    while first < end:
        port, after = _together(w, c, router, first, end)
        q = router * w.ports + port
        start = max(cycle + times.decide, free[q])
        free[q] = start + times.period[q] * c.flits[message]
        there = start + times.flight[q]
        if times.link[q] >= 0:
            _schedule(e, there, times.link[q] // w.ports, message, first, after)
        else:
            for k in range(first, after):
                c.received[c.copy[k]] = there + c.flits[message] - 1
        first = after


@compiled
def _run(
    w: Ways,
    times: _Links,
    e: _Events,
    c: _Load,
    free: LongArray,
    open_at: LongArray,
    messages: tuple[LongArray, npt.NDArray[np.int32], LongArray],
    episode_ptr: LongArray,
) -> None:
    """Run all episodes; `free` and `open_at` are when each link and each source is free again."""
    time, source, row_ptr = messages
    inner = w.way_router.shape[1] - 1
    for episode in range(len(episode_ptr) - 1):
        free[:] = 0
        open_at[:] = 0
        m, cycle = episode_ptr[episode], 0
        while m < episode_ptr[episode + 1] or e.number[_PENDING]:
            if e.number[_PENDING] == 0:
                cycle = max(cycle, time[m])
            while m < episode_ptr[episode + 1] and time[m] <= cycle:
                start = max(cycle, open_at[source[m]])
                open_at[source[m]] = start + c.flits[m]
                router = w.way_router[source[m], inner]
                _schedule(e, start + w.inject, router, m, row_ptr[m], row_ptr[m + 1])
                m += 1
            slot = cycle & (len(e.slot) - 1)
            event = e.slot[slot, 0]
            e.slot[slot, 0] = -1
            while event >= 0:
                following = e.event[event, _NEXT]
                if e.event[event, _CYCLE] > cycle:
                    _append(e, event)
                else:
                    _pass_on(w, times, e, c, free, event, cycle)
                event = following
            cycle += 1


def _no_events(most: int) -> _Events:
    """Room for events that are pending at one time."""
    event = np.empty((most + 1, 6), np.int64)
    event[:, _NEXT] = np.arange(1, most + 2)
    return _Events(event, np.full((_SLOTS, 2), -1, np.int64), np.zeros(2, np.int64))


def queue_messages(
    fabric: Fabric, messages: Messages, episode_ptr: npt.NDArray[np.int64]
) -> LongArray:
    """When each copy is received, if every link serves messages in the order of their arrival.

    Link l is free again at f_l. A message that is ready for it at time a is sent at
    s = max(a, f_l), arrives at s + flight_l, and f_l = s + period_l * flits. Buffers have no end
    and a message waits for no other but on the link that both take: in these two it differs from
    the simulation cycle by cycle.

    Args:
        fabric: the network.
        messages: messages of all episodes, in order of time within each.
        episode_ptr: first message of each episode, [E + 1]; each starts in an empty network.

    Returns:
        Cycle of its episode in which each copy is received, [C].
    """
    ways, ptr = ways_of(fabric), np.asarray(episode_ptr, np.int64)
    decide = 2 if ways.mode == PLAIN else 0
    copies = len(messages.targets)
    load = _Load(
        messages.targets.copy(), np.arange(copies), messages.flits, np.empty(copies, np.int64)
    )
    _run(
        ways,
        _Links(ways.port["flight"], fabric.link, fabric.link_period, decide),
        _no_events(int(np.diff(messages.row_ptr[ptr]).max(initial=0))),
        load,
        np.empty(len(fabric.link), np.int64),
        np.empty(fabric.n_endpoints, np.int64),
        (messages.time, messages.source, messages.row_ptr),
        ptr,
    )
    return load.received
