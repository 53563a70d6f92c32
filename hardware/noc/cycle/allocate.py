"""Compiled allocation of output channels and of the switch in one router.

Both are matched in one round: each output grants one of those that ask, each input accepts one of
its grants. Both choose in turn, and the turn moves on only past a grant that was accepted.
"""

from __future__ import annotations

from polychrony.hardware.noc.cycle.cargo import Cargo
from polychrony.hardware.noc.cycle.compiled import compiled, lowest, natural
from polychrony.hardware.noc.cycle.state import HAS_CHANNEL, State, Ways
from polychrony.hardware.noc.cycle.travel import send


@compiled
def in_turn(members: int, pointer: int) -> int:
    """First member of a set from the pointer on, around its end."""
    later = (members >> pointer) << pointer
    return lowest(later) if later else lowest(members)


@compiled
def following(member: int, size: int) -> int:
    """Next of so many, around the end."""
    return member + 1 if member + 1 < size else 0


@compiled
def distance(first: int, member: int, size: int) -> int:
    """Members from the first on to this one, around the end."""
    return member - first if member >= first else member - first + size


@compiled
def ask_switch(w: Ways, s: State, q: int, strong: bool) -> None:
    """Let an input channel ask for the switch; who holds a channel goes before who speculates.

    Of several channels of one input that ask for one output, those in turn come first. The
    strength is kept as the sign of the candidate.
    """
    v, ports = w.channels, w.ports
    port = w.channel[q].port
    source, channel = port - w.channel[q].router * ports, q - port * v
    out = s.channel[q].out_port
    pair = source * ports + out
    held = s.candidate[pair]
    if held != 0:
        if (held > 0) and not strong:
            return
        if (held > 0) == strong:
            turn = s.port[port].turn
            if distance(turn, channel, v) >= distance(turn, abs(held) - 1, v):
                return
    s.candidate[pair] = channel + 1 if strong else -(channel + 1)
    s.switch_wanted[out] |= 1 << source


@compiled
def claim(w: Ways, s: State, base: int, chosen: int, number: int) -> None:
    """An input channel of a router takes an output channel that was granted to it."""
    v, q, out = w.channels, natural(base + chosen), natural(base + number)
    s.out[out].grant = following(chosen, w.ports * v)
    s.channel[q].accept = following(number, w.ports * v)
    s.out[out].owner = chosen
    s.channel[q].out_channel = out - w.channel[out].port * v
    s.channel[q].stage = HAS_CHANNEL


@compiled
def has_room(w: Ways, s: State, q: int, port: int) -> bool:
    """Whether the output channel that an input channel holds takes another flit."""
    return bool(s.out[port * w.channels + s.channel[q].out_channel].credit > 0)


@compiled
def cross(w: Ways, s: State, c: Cargo, q: int, cycle: int) -> None:
    """An input channel has won the switch."""
    base, source = natural(w.channel[q].router * w.ports), natural(w.channel[q].port)
    out = natural(s.channel[q].out_port)
    s.port[base + out].grant = following(source - base, w.ports)
    s.port[source].accept = following(out, w.ports)
    s.port[source].turn = following(q - source * w.channels, w.channels)
    # A speculation fails if the channel went to another, or has no room.
    if s.channel[q].stage == HAS_CHANNEL and has_room(w, s, q, base + out):
        send(w, s, c, q, cycle)


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
            if s.out[base + number].owner < 0:
                chosen = in_turn(s.channel_wanted[out], s.out[base + number].grant)
                s.channel_granted[chosen] |= 1 << number
                asked |= 1 << chosen
        s.channel_wanted[out] = 0
    served = asked
    while asked:
        chosen = lowest(asked)
        asked &= asked - 1
        number = in_turn(s.channel_granted[chosen], s.channel[base + chosen].accept)
        s.channel_granted[chosen] = 0
        claim(w, s, base, chosen, number)
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
            chosen = in_turn(s.switch_wanted[out], s.port[base + out].grant)
            s.switch_granted[chosen] |= 1 << out
            inputs |= 1 << chosen
    while inputs:
        source = lowest(inputs)
        inputs &= inputs - 1
        out = in_turn(s.switch_granted[source], s.port[base + source].accept)
        s.switch_granted[source] = 0
        channel = abs(s.candidate[source * ports + out]) - 1
        cross(w, s, c, (base + source) * v + channel, cycle)


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
        if s.out[out].owner < 0:
            if s.out[out].credit > 0:
                return 2
            best = 1
    return best
