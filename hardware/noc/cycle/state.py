"""Arrays on which the compiled simulation works."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from polychrony.hardware.noc.cycle.fabric import Fabric

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Records = Any  # a structured array, whose elements have fields as attributes when compiled
ASYNCHRONOUS, SPECULATIVE, PLAIN = range(3)
HEAD, TAIL = 1, 2  # of the bits of a flit
COUNT = (1 << 29) - 1
IDLE, WANTS_CHANNEL, HAS_CHANNEL = 0, 1, 2  # stages of an input channel
_MODES = {"asynchronous": ASYNCHRONOUS, "speculative": SPECULATIVE, "plain": PLAIN}


def _record(**fields: str) -> np.dtype[Any]:
    return np.dtype(list(fields.items()), align=True)


# Records keep together in memory what is used together.
_ROUTER = _record(level="i4", column="i4", row="i4", up_port="i4")
_PORT = _record(link="i4", origin="i4", flight="i4", back="i4", period="i4")
_CHANNEL = _record(router="i4", port="i4")
_INPUT = _record(
    load="i8",
    ready="i8",
    first="i4",
    length="i4",
    stage="i4",
    out_port="i4",
    out_channel="i4",
    branch="i4",
    accept="i4",
    peak="i4",
)
_OUTPUT = _record(owner="i4", credit="i4", grant="i4")
_SWITCH = _record(free_at="i8", link_flits="i8", grant="i4", accept="i4", turn="i4")
_AT_WORK = _record(busy="i8", awake="b1", touched="b1")
_SOURCE = _record(first="i4", last="i4", sent="i4", channel="i4", awake="b1")
_SLOT = _record(arrivals="i4", credits="i4", alarms="i4")
_ARRIVAL = _record(flit="i8", where="i4")


class Ways(NamedTuple):
    """What does not change: a fabric, with times from the switch of one router to the next.

    Args:
        mode: pipeline, one of the numbers above.
        ports: ports of a router.
        channels: virtual channels.
        depth: flits of an input buffer.
        inject: cycles from a source to its router.
        drain: cycles from reception until the place is known to be free again.
        way_router: see `Fabric`, as are `down_port` and `entry`.
        down_port: see there.
        entry: see there.
        router: level, column, row and `up_port` of each router; see `Fabric`.
        port: of each output port its `link` (see `Fabric`), `flight`, cycles from a grant of the
            switch to arrival at the other end, and `period`, cycles between two flits; of each
            input port its `origin`, the output port that feeds it, or -2 - e for endpoint e, or
            -1, and `back`, cycles from a grant until that port may use the place that came free.
        channel: router and port of each channel.
    """

    mode: int
    ports: int
    channels: int
    depth: int
    inject: int
    drain: int
    way_router: Ints
    down_port: Ints
    entry: Ints
    router: Records
    port: Records
    channel: Records


class State(NamedTuple):
    """What changes from cycle to cycle; q numbers the channels, (router * ports + port) * V + v.

    A flit is one word: first copy << 32 | number of copies << 2 | tail << 1 | head.

    Args:
        flits: ring buffers of the input channels.
        channel: of each input channel where its buffer begins and how long it is, and what its
            front packet is up to: `stage`, the cycle from which it may ask (`ready`), its output
            and the copies that leave together with the next flit (`branch`).
        out: owner, credit and turn of each output channel.
        port: when the link of each output port is free again, the turns of its arbiters as an
            output (`grant`), and as an input (`accept`, `turn` of the channels).
        router: channels that hold flits, as a set, and whether the router is at work.
        active: routers at work.
        source: queue of each source, flits of its first message that left, and channel in use.
        source_active: sources at work.
        source_credit: places free in front of each source, by channel.
        mask: number of coming cycles that are kept, less 1; a power of two less 1.
        most: arrivals, and credits, that one cycle can bring.
        slot: how many arrivals, credits and alarms each of the coming cycles brings.
        arrival: flits that arrive, and where: an input channel, or -1 - an output channel.
        credit: output channels that get a credit, or -1 - source channel.
        alarm: routers that a link waits for.
        alarmed: whether a router is among the alarms of a cycle.
        channel_wanted: input channels that ask for each output.
        switch_wanted: inputs that ask for each output.
        switch_granted: outputs granted to each input.
        channel_granted: output channels granted to each input channel.
        candidate: channel that asks, + 1, for each pair of input and output.
        number: counters; see their names in `calendar`.
    """

    flits: Longs
    channel: Records
    out: Records
    port: Records
    router: Records
    active: Ints
    source: Records
    source_active: Ints
    source_credit: Ints
    mask: int
    most: int
    slot: Records
    arrival: Records
    credit: Ints
    alarm: Ints
    alarmed: npt.NDArray[np.bool_]
    channel_wanted: Longs
    switch_wanted: Longs
    switch_granted: Longs
    channel_granted: Longs
    candidate: Ints
    number: Longs


def _filled(dtype: np.dtype[Any], size: int, **fields: Any) -> Records:
    records = np.zeros(size, dtype)
    for name, value in fields.items():
        records[name] = value
    return records


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
    port_of = np.repeat(np.arange(len(link), dtype=np.int32), router.virtual_channels)
    return Ways(
        mode=mode,
        ports=fabric.ports,
        channels=router.virtual_channels,
        depth=router.buffer_flits,
        inject=stages + local,
        drain=1 if mode == ASYNCHRONOUS else 2 + local,
        way_router=np.ascontiguousarray(fabric.way_router),
        down_port=np.ascontiguousarray(fabric.down_port),
        entry=fabric.entry.astype(np.int32),
        router=_filled(
            _ROUTER,
            fabric.n_routers,
            level=fabric.level,
            column=fabric.column,
            row=fabric.row,
            up_port=fabric.up_port,
        ),
        port=_filled(
            _PORT,
            len(link),
            link=link,
            origin=origin,
            flight=flight,
            back=back,
            period=fabric.link_period,
        ),
        channel=_filled(_CHANNEL, len(port_of), router=port_of // fabric.ports, port=port_of),
    )


def empty_state(ways: Ways, warmup: int = 0) -> State:
    """An empty network.

    Args:
        ways: static arrays.
        warmup: cycle from which flits on links and loads of buffers are counted.
    """
    ports, v, routes = ways.ports, ways.channels, ways.port
    endpoints, n = len(ways.entry), len(ways.channel)
    longest = max(int(routes[name].max()) for name in ("flight", "back", "period"))
    slots = 1 << int(max(longest, ways.inject, ways.drain) + 1).bit_length()
    # In one cycle a port brings at most one flit and one credit, and so does an endpoint.
    most, routers = len(routes) + endpoints, len(ways.router)
    return State(
        flits=np.zeros(n * ways.depth, np.int64),
        channel=np.zeros(n, _INPUT),
        out=_filled(_OUTPUT, n, owner=-1, credit=ways.depth),
        port=np.zeros(len(routes), _SWITCH),
        router=np.zeros(routers, _AT_WORK),
        active=np.zeros(routers, np.int32),
        source=_filled(_SOURCE, endpoints, first=-1, last=-1),
        source_active=np.zeros(endpoints, np.int32),
        source_credit=np.full(endpoints * v, ways.depth, np.int32),
        mask=slots - 1,
        most=most,
        slot=np.zeros(slots, _SLOT),
        arrival=np.zeros(slots * most, _ARRIVAL),
        credit=np.zeros(slots * most, np.int32),
        alarm=np.zeros(slots * routers, np.int32),
        alarmed=np.zeros(slots * routers, np.bool_),
        channel_wanted=np.zeros(ports, np.int64),
        switch_wanted=np.zeros(ports, np.int64),
        switch_granted=np.zeros(ports, np.int64),
        channel_granted=np.zeros(ports * v, np.int64),
        candidate=np.zeros(ports * ports, np.int32),
        number=np.array([0, 0, 0, 0, 0, warmup, 0], np.int64),
    )
