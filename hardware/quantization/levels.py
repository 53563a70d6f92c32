"""The few values that stand best for many weights, where a weight may also be left out."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@numba.njit(cache=True)
def _spread(sums, a, b):  # type: ignore[no-untyped-def]
    """Sum of squared distances of values a to b - 1 from their mean."""
    count = sums[0, b] - sums[0, a]
    if count == 0:
        return 0.0
    total = sums[1, b] - sums[1, a]
    return max(0.0, sums[2, b] - sums[2, a] - total * total / count)


@numba.njit(cache=True)
def _add_level(before, sums, best, start):  # type: ignore[no-untyped-def]
    """best[i] = min over s <= i of before[s] + spread(s, i).

    The best s never falls with i: halving the range of i halves that of s.
    """
    m = len(before) - 1
    todo = np.empty((130, 4), np.int64)  # halves of halves: two rows for each bit of m
    todo[0] = (0, m, 0, m)
    n = 1
    while n:
        n -= 1
        low, high, first, last = todo[n]
        if low > high:
            continue
        i = (low + high) // 2
        best[i] = np.inf
        start[i] = first
        for s in range(first, min(i, last) + 1):
            cost = before[s] + _spread(sums, s, i)
            if cost < best[i]:
                best[i] = cost
                start[i] = s
        todo[n] = (low, i - 1, first, start[i])
        todo[n + 1] = (i + 1, high, start[i], last)
        n += 2


@numba.njit(cache=True)
def _leave_out(before, sums, best, start, left_out):  # type: ignore[no-untyped-def]
    """Let values s to i - 1 be 0 where that is better: one segment at most is."""
    place = 0
    for i in range(len(before)):
        if before[i] - sums[2, i] < before[place] - sums[2, place]:
            place = i
        cost = before[place] - sums[2, place] + sums[2, i]
        if cost < best[i]:
            best[i] = cost
            start[i] = place
            left_out[i] = True


@numba.njit(cache=True)
def _segments(values, counts, n_levels):  # type: ignore[no-untyped-def]
    """Ends of the segments that levels stand for: rows (first, last + 1), from the top down."""
    m = len(values)
    sums = np.zeros((3, m + 1))
    for i in range(m):
        sums[0, i + 1] = sums[0, i] + counts[i]
        sums[1, i + 1] = sums[1, i] + counts[i] * values[i]
        sums[2, i + 1] = sums[2, i] + counts[i] * values[i] * values[i]
    # Axes: levels used, whether a segment was left out, values covered.
    best = np.full((n_levels + 1, 2, m + 1), np.inf)
    start = np.zeros((n_levels + 1, 2, m + 1), np.int64)
    left_out = np.zeros((n_levels + 1, m + 1), np.bool_)
    best[0, 0, 0] = 0.0
    _leave_out(best[0, 0], sums, best[0, 1], start[0, 1], left_out[0])
    for k in range(1, n_levels + 1):
        for z in range(2):
            _add_level(best[k - 1, z], sums, best[k, z], start[k, z])
        _leave_out(best[k, 0], sums, best[k, 1], start[k, 1], left_out[k])
    ends = np.empty((n_levels, 2), np.int64)
    n, i, k, z = 0, m, n_levels, 1
    while k or z:
        s = start[k, z, i]
        if z and left_out[k, i]:
            z = 0
        elif k == 0:
            break
        else:
            if s < i:
                ends[n] = (s, i)
                n += 1
            k -= 1
        i = s
    return ends[:n]


def best_levels(weights: Array, n_levels: int) -> Array:
    """Levels that minimise sum_i min(w_i^2, min_l (w_i - level_l)^2): 0 is one more, for free.

    Exact. Sorted weights fall into segments, one per level and at most one that is left out; a
    dynamic programme over their ends finds them in n_levels * S log S steps.

    Args:
        weights: weights, [S].
        n_levels: levels at most, at least 1.

    Returns:
        The levels in falling order, float64, as many as are of use.
    """
    real = np.asarray(weights, np.float64)
    values, counts = np.unique(real[real != 0], return_counts=True)
    if len(values) <= n_levels:
        return values[::-1].copy()
    ends = _segments(values, counts.astype(np.float64), n_levels)
    # The mean of equal numbers must be that number: sums of few digits are, prefixes are not.
    return np.array([np.average(values[a:b], weights=counts[a:b]) for a, b in ends])


def nearest(weights: Array, levels: Array) -> npt.NDArray[np.int8]:
    """Which level stands for each weight; -1 where 0 is at least as near as any.

    Args:
        weights: weights, [S].
        levels: levels of all, [L], or of each weight, [S, L]; 0 is an unused level.

    Returns:
        Place of the level, int8 [S].
    """
    real = np.asarray(weights, np.float64)[:, np.newaxis]
    away = np.abs(np.where(levels == 0, np.inf, levels) - real)
    place = away.argmin(axis=1)
    near = np.take_along_axis(away, place[:, np.newaxis], axis=1)[:, 0]
    return np.where(near < np.abs(real[:, 0]), place, -1).astype(np.int8)
