"""What the compiled simulation carries, and writes down about it."""

from __future__ import annotations

from typing import NamedTuple

from polychrony.hardware.noc.cycle.state import Ints, Longs


class Cargo(NamedTuple):
    """Messages, and what the simulation writes down about them.

    Args:
        time: see `Messages`, as are the next three.
        source: see there.
        row_ptr: see there.
        flits: see there.
        target: endpoint of each copy; where a way parts, copies of one branch move together, [C].
        copy: number of the copy in each place of `target`, [C].
        after: next message that waits at the same source, [M].
        injected: see `Deliveries`, by message, [M].
        received: see there, by copy, [C].
        trail_at: entry of the trail that each copy writes next, or empty, [C].
        trail_router: see `Trail`.
        trail_cycle: see there.
    """

    time: Longs
    source: Ints
    row_ptr: Longs
    flits: Ints
    target: Ints
    copy: Ints
    after: Ints
    injected: Longs
    received: Longs
    trail_at: Longs
    trail_router: Ints
    trail_cycle: Longs
