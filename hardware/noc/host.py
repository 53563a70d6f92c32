"""When a host sends, where spikes carry the step in which they are to act."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]


def begin_of(step: IntArray, begin: IntArray) -> IntArray:
    """Cycle in which steps begin; those after the last are as long as it.

    Args:
        step: the steps, any shape.
        begin: cycle in which each of the first begins, [T + 1].
    """
    last = len(begin) - 1
    beyond = np.maximum(step - last, 0) * (begin[last] - begin[last - 1])
    return np.asarray(begin[np.minimum(step, last)] + beyond)


def schedule(step: IntArray, slack: IntArray, ahead: int, begin: IntArray) -> IntArray:
    """Cycle in which each of a host's messages leaves it, one in a cycle, what is due first first.

    A message of step t and slack s is due at t + s, and leaves no sooner than in step
    t + max(0, s - ahead).

    Earliest due first keeps every deadline that any order keeps, as all messages take the host
    equally long.

    Args:
        step: step of the spike of each message, [M].
        slack: steps that each may take beyond its first, [M].
        ahead: steps beyond its first that a message can be sent ahead.
        begin: cycle in which each step begins, [T + 1]; see `begin_of`.

    Returns:
        Cycles, [M].

    Reference:
        Earliest deadline first is optimal for jobs of one length: Jackson, 1955.
    """
    release = step + np.maximum(slack - ahead, 0)
    order = np.argsort(release, kind="stable")
    starts = begin_of(np.arange(int(release.max(initial=0)) + 2), begin)
    first = np.searchsorted(release[order], np.arange(len(starts) + 1)).astype(np.int64)
    found: IntArray = _earliest_due(order, first, (step + slack).astype(np.int64), starts)
    return found


@numba.njit(cache=True, nogil=True)
def _earliest_due(order, first, due, begin):  # type: ignore[no-untyped-def]
    """Messages wait in a list for each step in which they are due."""
    found = np.empty(len(due), np.int64)
    latest = 0
    for m in range(len(due)):
        latest = max(latest, due[m])
    head, tail = np.full(latest + 1, -1), np.full(latest + 1, -1)
    following = np.full(len(due), -1)
    cycle, waiting, soonest = 0, 0, latest + 1
    for step in range(len(begin)):
        cycle = max(cycle, begin[step])
        for k in range(first[step], first[step + 1]):
            m = order[k]
            if head[due[m]] < 0:
                head[due[m]] = m
            else:
                following[tail[due[m]]] = m
            tail[due[m]] = m
            soonest = min(soonest, due[m])
            waiting += 1
        while waiting and (step + 1 == len(begin) or cycle < begin[step + 1]):
            while head[soonest] < 0:
                soonest += 1
            m = head[soonest]
            head[soonest] = following[m]
            found[m] = cycle
            cycle, waiting = cycle + 1, waiting - 1
    return found
