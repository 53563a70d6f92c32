"""Products with frames of few spikes, compiled: only what is not 0 is multiplied.

Each result is a row of targets that stays in the first-level cache while rows of the other factor
are added to it, four at a time.
"""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(inline="always")
def _present(row, places):  # type: ignore[no-untyped-def]
    """Write the places of what is not 0; how many there are."""
    count = 0
    for j in range(row.size):
        places[count] = j
        count += row[j] != 0
    return count


@numba.njit(inline="always")
def _gather(row, places, count, rows, out):  # type: ignore[no-untyped-def]
    """Add rows[j] * row[j] to `out` for each place j."""
    whole = count - count % 4
    for k in range(0, whole, 4):
        j0, j1, j2, j3 = places[k], places[k + 1], places[k + 2], places[k + 3]
        v0, v1, v2, v3 = row[j0], row[j1], row[j2], row[j3]
        a0, a1, a2, a3 = rows[j0], rows[j1], rows[j2], rows[j3]
        for m in range(out.size):
            out[m] += (v0 * a0[m] + v1 * a1[m]) + (v2 * a2[m] + v3 * a3[m])
    for k in range(whole, count):
        value, added = row[places[k]], rows[places[k]]
        for m in range(out.size):
            out[m] += value * added[m]


@numba.njit(parallel=True, cache=True, nogil=True)
def gather(x, rows, out):  # type: ignore[no-untyped-def]
    """out[r] += sum over j of x[r, j] * rows[j], for x [R, J], rows [J, M] and out [R, M]."""
    n_rows, width = x.shape
    for r in numba.prange(n_rows):
        places = np.empty(width + 1, np.int64)
        count = _present(x[r], places)
        _gather(x[r], places, count, rows, out[r])


@numba.njit(cache=True, nogil=True)
def count(values):  # type: ignore[no-untyped-def]
    """How many of a row of values are not 0."""
    found = 0
    for k in range(values.size):
        found += values[k] != 0
    return found
