"""Surrogate derivatives of a row of neurons, in loops that vectorise."""

from __future__ import annotations

import numba
import numpy as np

from polychrony.snn.kernels.compiled.exponential import exp_into


@numba.njit(inline="always")
def derivative(kind, a, b, distance, slope):  # type: ignore[no-untyped-def]
    """Derivative at each distance to threshold; the branch stays outside of the loops."""
    one = distance.dtype.type(1)
    zero = distance.dtype.type(0)
    if kind == 0:
        for k in range(distance.size):
            scaled = b * distance[k]
            slope[k] = a / (one + scaled * scaled)
    elif kind == 1:
        for k in range(distance.size):
            scaled = a * abs(distance[k]) + one
            slope[k] = one / (scaled * scaled)
    elif kind == 2:
        for k in range(distance.size):
            slope[k] = b * max(one - abs(distance[k]) / a, zero)
    elif kind == 3:
        # The derivative is even: with a negative exponent nothing overflows.
        scratch = np.empty_like(distance)
        for k in range(distance.size):
            scratch[k] = -a * abs(distance[k])
        exp_into(scratch, slope)  # type: ignore[no-untyped-call]
        for k in range(distance.size):
            e = slope[k]
            slope[k] = a * e / ((one + e) * (one + e))
    else:
        for k in range(distance.size):
            slope[k] = b if abs(distance[k]) <= a else zero
