"""Compiled allocation of output channels and of the switch in one router.

Both are matched in one round: each output grants one of those that ask, each input accepts one of
its grants. Both choose in turn, and the turn moves on only past a grant that was accepted.
"""

from __future__ import annotations

from polychrony.hardware.noc.cycle.compiled import compiled
from polychrony.hardware.noc.cycle.state import PLAIN, SPECULATIVE, State, Ways
from polychrony.hardware.noc.cycle.travel import (
    HAS_CHANNEL,
    WAKE,
    WANTS_CHANNEL,
    Cargo,
    schedule,
    send,
)


@compiled
def lowest(members: int) -> int:
    """Lowest member of a set that is not empty."""
    at = 0
    if members & 0xFFFFFFFF == 0:
        members >>= 32
        at += 32
    if members & 0xFFFF == 0:
        members >>= 16
        at += 16
    if members & 0xFF == 0:
        members >>= 8
        at += 8
    if members & 0xF == 0:
        members >>= 4
        at += 4
    if members & 3 == 0:
        members >>= 2
        at += 2
    return at + 1 - (members & 1)


@compiled
def in_turn(members: int, pointer: int) -> int:
    """First member of a set from the pointer on, around its end."""
    later = (members >> pointer) << pointer
    return lowest(later) if later else lowest(members)


@compiled
def ask_switch(w: Ways, s: State, q: int, local: int, strong: bool) -> None:
    """Let an input channel ask for the switch; who holds a channel goes before who speculates.

    Of several channels of one input that ask for one output, those in turn come first. The
    strength is kept as the sign of the candidate.
    """
    v, ports = w.channels, w.ports
    router = q // (v * ports)
    source, channel = local // v, local % v
    out = s.out_port[q]
    pair = source * ports + out
    held = s.candidate[pair]
    if held != 0:
        if (held > 0) and not strong:
            return
        if (held > 0) == strong:
            turn = s.turn[router * ports + source]
            if (channel - turn) % v >= (abs(held) - 1 - turn) % v:
                return
    s.candidate[pair] = channel + 1 if strong else -(channel + 1)
    s.switch_wanted[out] |= 1 << source


@compiled
def allocate_channels(w: Ways, s: State, router: int, outputs: int) -> int:
    """Give free channels of the outputs to input channels that ask; return the set served."""
    v, ports = w.channels, w.ports
    base = router * ports * v
    asked = 0
    while outputs:
        out = lowest(outputs)
        outputs &= outputs - 1
        for channel in range(v):
            number = out * v + channel
            if s.owner[base + number] < 0:
                chosen = in_turn(s.channel_wanted[out], s.grant_channel[base + number])
                s.channel_granted[chosen] |= 1 << number
                asked |= 1 << chosen
        s.channel_wanted[out] = 0
    served = asked
    while asked:
        chosen = lowest(asked)
        asked &= asked - 1
        q = base + chosen
        number = in_turn(s.channel_granted[chosen], s.accept_channel[q])
        s.channel_granted[chosen] = 0
        s.grant_channel[base + number] = (chosen + 1) % (ports * v)
        s.accept_channel[q] = (number + 1) % (ports * v)
        s.owner[base + number] = chosen
        s.out_channel[q] = number % v
        s.stage[q] = HAS_CHANNEL
    return served


@compiled
def allocate_switch(w: Ways, s: State, c: Cargo, router: int, outputs: int, cycle: int) -> None:
    """Match inputs with outputs and send."""
    v, ports = w.channels, w.ports
    base = router * ports
    inputs = 0
    while outputs:
        out = lowest(outputs)
        outputs &= outputs - 1
        if s.switch_wanted[out]:
            chosen = in_turn(s.switch_wanted[out], s.grant[base + out])
            s.switch_granted[chosen] |= 1 << out
            inputs |= 1 << chosen
    while inputs:
        source = lowest(inputs)
        inputs &= inputs - 1
        out = in_turn(s.switch_granted[source], s.accept[base + source])
        s.switch_granted[source] = 0
        s.grant[base + out] = (source + 1) % ports
        s.accept[base + source] = (out + 1) % ports
        channel = abs(s.candidate[source * ports + out]) - 1
        s.turn[base + source] = (channel + 1) % v
        q = (base + source) * v + channel
        # A speculation fails if the channel went to another, or has no room.
        if s.stage[q] == HAS_CHANNEL and s.credit[(base + out) * v + s.out_channel[q]] > 0:
            send(w, s, c, q, cycle)


@compiled
def forget_requests(w: Ways, s: State, outputs: int) -> None:
    """Clear what the inputs asked for."""
    while outputs:
        out = lowest(outputs)
        outputs &= outputs - 1
        sources = s.switch_wanted[out]
        s.switch_wanted[out] = 0
        while sources:
            s.candidate[lowest(sources) * w.ports + out] = 0
            sources &= sources - 1


@compiled
def free_channels(w: Ways, s: State, port: int) -> int:
    """0 if every channel of an output port is taken, 1 if one is free, 2 if it also has room."""
    best = 0
    for out in range(port * w.channels, (port + 1) * w.channels):
        if s.owner[out] < 0:
            if s.credit[out] > 0:
                return 2
            best = 1
    return best


@compiled
def work(w: Ways, s: State, c: Cargo, router: int, cycle: int) -> bool:
    """One cycle of a router.

    Returns:
        Whether the next cycle may bring something new without an event from outside.
    """
    v, ports = w.channels, w.ports
    base = router * ports * v
    todo = s.busy[router]
    channel_outputs, switch_outputs = 0, 0
    later, until = False, -1
    while todo:
        local = lowest(todo)
        todo &= todo - 1
        q = base + local
        out = s.out_port[q]
        port = router * ports + out
        if s.ready[q] > cycle:
            later = True
            continue
        open_at = s.free_at[port]
        if open_at > cycle and (until < 0 or open_at < until):
            until = open_at
        if s.stage[q] == WANTS_CHANNEL:
            free = free_channels(w, s, port)
            if free:
                s.channel_wanted[out] |= 1 << local
                channel_outputs |= 1 << out
            if free == 2 and w.mode == SPECULATIVE and open_at <= cycle:
                ask_switch(w, s, q, local, False)
                switch_outputs |= 1 << out
        elif open_at <= cycle and s.credit[port * v + s.out_channel[q]] > 0:
            ask_switch(w, s, q, local, True)
            switch_outputs |= 1 << out
    if channel_outputs:
        served = allocate_channels(w, s, router, channel_outputs)
        later = True
        if w.mode != SPECULATIVE:
            while served:
                local = lowest(served)
                served &= served - 1
                q = base + local
                port = router * ports + s.out_port[q]
                if w.mode == PLAIN:
                    s.ready[q] = cycle + 1
                elif s.free_at[port] <= cycle and s.credit[port * v + s.out_channel[q]] > 0:
                    ask_switch(w, s, q, local, True)
                    switch_outputs |= 1 << s.out_port[q]
    if switch_outputs:
        asked = switch_outputs
        allocate_switch(w, s, c, router, switch_outputs, cycle)
        forget_requests(w, s, asked)
        later = True
    if s.busy[router] == 0:
        return False
    if not later and until >= 0 and not cycle < s.wake_at[router] <= until:
        schedule(s, until, router, WAKE)
        s.wake_at[router] = until
    return later
