"""Products with frames of few spikes, compiled: only what is not 0 is multiplied.

Each result is a row of targets that stays in the first-level cache while rows of the other factor
are added to it, four at a time.
"""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(parallel=True, cache=True, nogil=True)
def count(x, first):  # type: ignore[no-untyped-def]
    """Write into `first` [R + 1] where each row of x [R, J] begins among what is not 0."""
    for r in numba.prange(len(x)):
        row, found = x[r], np.int32(0)
        for j in range(row.size):
            found += np.int32(row[j] != 0)
        first[r + 1] = found
    first[0] = 0
    for r in range(len(x)):
        first[r + 1] += first[r]


@numba.njit(parallel=True, cache=True, nogil=True)
def find(x, first, places, values):  # type: ignore[no-untyped-def]
    """Write what is not 0 in x [R, J], row after row, from where `first` says."""
    for r in numba.prange(len(x)):
        row, at, end = x[r], first[r], first[r + 1]
        for j in range(row.size):
            if at == end:
                break
            places[at] = j
            values[at] = row[j]
            at += row[j] != 0


@numba.njit(cache=True, nogil=True)
def turn(first, places, values, n_columns):  # type: ignore[no-untyped-def]
    """The same, column after column."""
    start = np.zeros(n_columns + 1, np.int64)
    n_found = first[-1]
    for k in range(n_found):
        start[places[k] + 1] += 1
    for j in range(n_columns):
        start[j + 1] += start[j]
    rows, turned, at = np.empty(n_found, np.int64), np.empty_like(values[:n_found]), start.copy()
    for r in range(first.size - 1):
        for k in range(first[r], first[r + 1]):
            position = at[places[k]]
            rows[position], turned[position] = r, values[k]
            at[places[k]] = position + 1
    return start, rows, turned


@numba.njit(parallel=True, cache=True, nogil=True)
def gather(first, places, values, rows, fresh, out):  # type: ignore[no-untyped-def]
    """out[r] += sum over k of values[k] * rows[places[k]], k from first[r] to first[r + 1].

    With `fresh`, what `out` held before does not count.
    """
    for r in numba.prange(first.size - 1):
        result, start, end = out[r], first[r], first[r + 1]
        if fresh:
            for m in range(result.size):
                result[m] = 0
        whole = start + (end - start) // 4 * 4
        for k in range(start, whole, 4):
            v0, v1, v2, v3 = values[k], values[k + 1], values[k + 2], values[k + 3]
            a0, a1 = rows[places[k]], rows[places[k + 1]]
            a2, a3 = rows[places[k + 2]], rows[places[k + 3]]
            for m in range(result.size):
                result[m] += (v0 * a0[m] + v1 * a1[m]) + (v2 * a2[m] + v3 * a3[m])
        for k in range(whole, end):
            value, added = values[k], rows[places[k]]
            for m in range(result.size):
                result[m] += value * added[m]
