"""Moving values to later steps, each by a number of its own, compiled; arrays are [T, M]."""

from __future__ import annotations

import numba

from polychrony.snn.kernels.compiled.blocks import WIDTH


@numba.njit(parallel=True, cache=True, nogil=True)
def forward(x, late, longest, out):  # type: ignore[no-untyped-def]
    """out[t + late[t]] += x[t], where late[t] is at most `longest`; out is [T + longest, M]."""
    n_steps, n_columns = x.shape
    for block in numba.prange((n_columns + WIDTH - 1) // WIDTH):
        begin, end = block * WIDTH, min(n_columns, (block + 1) * WIDTH)
        out[:, begin:end] = 0
        for t in range(n_steps):
            for m in range(begin, end):
                k = late[t, m]
                if k <= longest:
                    out[t + k, m] += x[t, m]


@numba.njit(parallel=True, cache=True, nogil=True)
def backward(grad, late, longest, out):  # type: ignore[no-untyped-def]
    """out[t] = grad[t + late[t]], or 0 where late[t] is above `longest`; grad is [T + longest, M].

    Reads the other way what `forward` has moved.
    """
    n_steps, n_columns = out.shape
    for block in numba.prange((n_columns + WIDTH - 1) // WIDTH):
        begin, end = block * WIDTH, min(n_columns, (block + 1) * WIDTH)
        for t in range(n_steps):
            for m in range(begin, end):
                k = late[t, m]
                out[t, m] = grad[t + k, m] if k <= longest else 0
