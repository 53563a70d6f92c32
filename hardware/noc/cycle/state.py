"""Arrays on which the compiled simulation works."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from polychrony.hardware.noc.cycle.fabric import Fabric

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
ASYNCHRONOUS, SPECULATIVE, PLAIN = range(3)
_MODES = {"asynchronous": ASYNCHRONOUS, "speculative": SPECULATIVE, "plain": PLAIN}


class Ways(NamedTuple):
    """What does not change: a fabric, with times from the switch of one router to the next.

    Args:
        mode: pipeline, one of the numbers above.
        ports: ports of a router.
        channels: virtual channels.
        depth: flits of an input buffer.
        flight: cycles from a grant of the switch to arrival at the end of an output port.
        back: cycles from a grant until the output port before may use the place that came free.
        period: cycles between two flits on an output port.
        link: see `Fabric`.
        origin: output port that feeds each input port, or -2 - e for endpoint e, or -1.
        inject: cycles from a source to its router.
        drain: cycles from reception until the place is known to be free again.
    """

    mode: int
    ports: int
    channels: int
    depth: int
    level: Ints
    column: Ints
    row: Ints
    up_port: Ints
    way_router: Ints
    down_port: Ints
    entry: Ints
    link: Ints
    origin: Ints
    flight: Ints
    back: Ints
    period: Ints
    inject: int
    drain: int


class State(NamedTuple):
    """What changes from cycle to cycle; q numbers the channels, (router * ports + port) * V + v.

    A flit is one word: first copy << 32 | number of copies << 2 | tail << 1 | head.
    """

    # Input channels: ring buffer, then what its front packet is up to.
    flits: Longs
    first: Ints
    length: Ints
    stage: npt.NDArray[np.int8]  # 0 idle, 1 wants an output channel, 2 has one
    ready: Longs
    out_port: Ints
    out_channel: Ints
    branch: Ints  # copies that leave together with the next flit
    # Output channels and ports.
    owner: Ints
    credit: Ints
    free_at: Longs
    # Pointers of the round-robin arbiters.
    grant_channel: Ints
    accept_channel: Ints
    grant: Ints
    accept: Ints
    turn: Ints  # which virtual channel of an input is preferred
    # Routers and sources at work.
    busy: Longs  # set of the channels of each router that hold flits
    awake: npt.NDArray[np.bool_]
    active: Ints
    touched: npt.NDArray[np.bool_]
    wake_at: Longs
    source_awake: npt.NDArray[np.bool_]
    source_active: Ints
    source_first: Ints
    source_last: Ints
    source_sent: Ints
    source_channel: Ints
    source_credit: Ints
    # Events: lists in a wheel of cycles.
    wheel: Ints
    event_next: Ints
    event_where: Ints
    event_flit: Longs
    # Working space of one router.
    channel_wanted: Longs  # input channels that ask for a channel of each output
    switch_wanted: Longs  # inputs that ask for each output
    switch_granted: Longs  # outputs granted to each input
    channel_granted: Longs  # output channels granted to each input channel
    candidate: Ints  # channel that asks, + 1, for each pair of input and output
    # Counts.
    link_flits: Longs
    load: Longs
    load_since: Longs
    peak: Ints
    # 0 events free, 1 active routers, 2 active sources, 3 events, 4 injected, 5 ejected, 6 warmup,
    # 7 cycle of the last ejection
    number: Longs


def ways_of(fabric: Fabric) -> Ways:
    """Static arrays of a fabric.

    Of the reference pipeline, a flit that wins the switch in cycle t crosses it in t + 1, leaves
    in t + 2 and enters the next router after the cycles of the link; a credit leaves in t + 1. An
    asynchronous router spends the cycles of the link only, and its credits one cycle.
    """
    router = fabric.router
    mode = _MODES[router.pipeline]
    stages = 0 if mode == ASYNCHRONOUS else 2
    link, local = fabric.link, router.local_cycles
    ends = link <= -2
    between = link >= 0
    flight = fabric.link_cycles + stages + np.where(ends, stages // 2, 0)
    origin = np.full(len(link), -1, np.int32)
    origin[link[between]] = np.flatnonzero(between)
    origin[ends] = link[ends]
    back = np.ones(len(link), np.int32)
    if mode != ASYNCHRONOUS:
        back[link[between]] = 1 + fabric.link_cycles[between]
        back[ends] = 2 + local
    return Ways(
        mode=mode,
        ports=fabric.ports,
        channels=router.virtual_channels,
        depth=router.buffer_flits,
        level=fabric.level,
        column=fabric.column,
        row=fabric.row,
        up_port=fabric.up_port,
        way_router=np.ascontiguousarray(fabric.way_router),
        down_port=np.ascontiguousarray(fabric.down_port),
        entry=fabric.entry.astype(np.int32),
        link=link,
        origin=origin,
        flight=flight.astype(np.int32),
        back=back,
        period=fabric.link_period,
        inject=stages + local,
        drain=1 if mode == ASYNCHRONOUS else 2 + local,
    )


def empty_state(ways: Ways, warmup: int = 0) -> State:
    """An empty network.

    Args:
        ways: static arrays.
        warmup: cycle from which flits on links and loads of buffers are counted.
    """
    ports, v = ways.ports, ways.channels
    routers, endpoints = len(ways.level), len(ways.entry)
    n_ports, n = routers * ports, routers * ports * v
    used = (ways.origin != -1).sum()
    events = int((used + 2 * endpoints) * v * ways.depth + 2 * n_ports + 2)
    longest = int(max(ways.flight.max(), ways.back.max(), ways.period.max(), ways.inject))
    wheel = 1 << int(max(longest, ways.drain) + 1).bit_length()

    def ints(size: int, value: int = 0) -> Ints:
        return np.full(size, value, np.int32)

    def longs(size: int) -> Longs:
        return np.zeros(size, np.int64)

    return State(
        flits=longs(n * ways.depth),
        first=ints(n),
        length=ints(n),
        stage=np.zeros(n, np.int8),
        ready=longs(n),
        out_port=ints(n),
        out_channel=ints(n),
        branch=ints(n),
        owner=ints(n, -1),
        credit=ints(n, ways.depth),
        free_at=longs(n_ports),
        grant_channel=ints(n),
        accept_channel=ints(n),
        grant=ints(n_ports),
        accept=ints(n_ports),
        turn=ints(n_ports),
        busy=longs(routers),
        awake=np.zeros(routers, np.bool_),
        active=ints(routers),
        touched=np.zeros(routers, np.bool_),
        wake_at=np.full(routers, -1, np.int64),
        source_awake=np.zeros(endpoints, np.bool_),
        source_active=ints(endpoints),
        source_first=ints(endpoints, -1),
        source_last=ints(endpoints, -1),
        source_sent=ints(endpoints),
        source_channel=ints(endpoints),
        source_credit=ints(endpoints * v, ways.depth),
        wheel=ints(wheel, -1),
        event_next=np.append(np.arange(1, events, dtype=np.int32), np.int32(-1)),
        event_where=ints(events),
        event_flit=longs(events),
        channel_wanted=longs(ports),
        switch_wanted=longs(ports),
        switch_granted=longs(ports),
        channel_granted=longs(ports * v),
        candidate=ints(ports * ports),
        link_flits=longs(n_ports),
        load=longs(n),
        load_since=np.full(n, warmup, np.int64),
        peak=ints(n),
        number=np.array([0, 0, 0, 0, 0, 0, warmup, 0], np.int64),
    )
