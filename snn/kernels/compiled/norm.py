"""Passes of batch normalisation over rows, compiled; arrays are [rows, N].

Sums are kept in float64 over a fixed number of blocks, so they do not depend on the threads.
"""

from __future__ import annotations

import numba
import numpy as np

_BLOCKS = 64


@numba.njit(parallel=True, cache=True, nogil=True)
def sums(x, other, other_center, center):  # type: ignore[no-untyped-def]
    """Sum of x and of x * (other - other_center) over rows, with x taken from `center`.

    Args:
        x: [rows, N].
        other: [rows, N].
        other_center: [N].
        center: [N].

    Returns:
        float64 [2, N].
    """
    n_rows, width = x.shape
    partial = np.zeros((_BLOCKS, 2, width), np.float64)
    per_block = (n_rows + _BLOCKS - 1) // _BLOCKS
    for block in numba.prange(_BLOCKS):
        plain, product = partial[block, 0], partial[block, 1]
        for r in range(min(n_rows, block * per_block), min(n_rows, (block + 1) * per_block)):
            left, right = x[r], other[r]
            for k in range(width):
                value = left[k] - center[k]
                plain[k] += value
                product[k] += np.float64(value) * np.float64(right[k] - other_center[k])
    return partial.sum(0)


@numba.njit(parallel=True, cache=True, nogil=True)
def combine(x, center, factor, offset, out):  # type: ignore[no-untyped-def]
    """(x - center) * factor + offset into `out`; the three in between are [N]."""
    for r in numba.prange(len(x)):
        row, result = x[r], out[r]
        for k in range(row.size):
            result[k] = (row[k] - center[k]) * factor[k] + offset[k]


@numba.njit(parallel=True, cache=True, nogil=True)
def combine_both(grad, x, center, steep, factor, offset, out):  # type: ignore[no-untyped-def]
    """Grad * steep + (x - center) * factor + offset into `out`."""
    for r in numba.prange(len(x)):
        upstream, row, result = grad[r], x[r], out[r]
        for k in range(row.size):
            result[k] = upstream[k] * steep[k] + ((row[k] - center[k]) * factor[k] + offset[k])
