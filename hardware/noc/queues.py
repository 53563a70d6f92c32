"""Waiting in the mesh without back-pressure: every link is a queue of any length."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.noc.cycle import Fabric, Messages
from polychrony.hardware.noc.cycle.state import PLAIN, ways_of
from polychrony.hardware.noc.cycle.travel import port_towards

LongArray = npt.NDArray[np.int64]


@numba.njit(cache=True, nogil=True)
def _run(w, decide, time, source, row_ptr, targets, flits, episode_ptr, received):  # type: ignore[no-untyped-def]
    free = np.zeros(len(w.link), np.int64)
    seen = np.full(len(w.link), -1, np.int64)  # episode in which a link was used last
    carried = np.full(len(w.link), -1, np.int64)  # message that a link carried last
    there = np.zeros(len(w.link), np.int64)  # when that message came to the link's end
    inner = w.way_router.shape[1] - 1
    ready, sent = np.zeros(len(w.way_router), np.int64), np.full(len(w.way_router), -1, np.int64)
    for episode in range(len(episode_ptr) - 1):
        for m in range(episode_ptr[episode], episode_ptr[episode + 1]):
            a = source[m]
            start = time[m] if sent[a] != episode else max(time[m], ready[a])
            sent[a], ready[a] = episode, start + flits[m]
            for c in range(row_ptr[m], row_ptr[m + 1]):
                now, router = start + w.inject, w.way_router[a, inner]
                while True:
                    q = router * w.ports + port_towards(w, router, targets[c])
                    if carried[q] == m:  # for another copy: it is made where the ways part
                        now = there[q]
                    else:
                        now += decide
                        if seen[q] == episode:
                            now = max(now, free[q])
                        seen[q], free[q] = episode, now + w.period[q] * flits[m]
                        now += w.flight[q]
                        carried[q], there[q] = m, now
                    if w.link[q] < 0:
                        break
                    router = w.link[q] // w.ports
                received[c] = now + flits[m] - 1


def queue_messages(
    fabric: Fabric, messages: Messages, episode_ptr: npt.NDArray[np.int64]
) -> LongArray:
    """When each copy is received, if every link serves messages in the order of their creation.

    Link l is free again at f_l. A message that is ready for it at time a is sent at
    s = max(a, f_l), arrives at s + flight_l, and f_l = s + period_l * flits. Buffers have no end,
    and a message that was created earlier always goes first, even if it comes from far: in these
    two it differs from the simulation cycle by cycle, to both sides.

    Args:
        fabric: the network.
        messages: messages of all episodes, in order of time within each.
        episode_ptr: first message of each episode, [E + 1]; each starts in an empty network.

    Returns:
        Cycle of its episode in which each copy is received, [C].
    """
    ways = ways_of(fabric)
    received = np.zeros(len(messages.targets), np.int64)
    _run(
        ways,
        2 if ways.mode == PLAIN else 0,
        messages.time,
        messages.source,
        messages.row_ptr,
        messages.targets,
        messages.flits,
        episode_ptr,
        received,
    )
    return received
