"""The exponential of a row of numbers, in loops that vectorise."""

from __future__ import annotations

import math

import numba
import numpy as np
from numba.extending import overload, register_jitable

_TAYLOR = tuple(np.float32(1 / math.factorial(n)) for n in range(7, -1, -1))
_LOG2_E = np.float32(math.log2(math.e))
# ln 2 in two parts, the first with few digits, so that n * ln 2 is subtracted without rounding.
_LN2_HIGH = np.float32(0.693359375)
_LN2_LOW = np.float32(math.log(2) - 0.693359375)
_LOWEST = np.float32(-87.0)


@register_jitable
def _exp_bits(y, out):  # type: ignore[no-untyped-def]
    """exp(y) for y <= 0, in float32: 2^n by its bits, the rest by a polynomial; 1e-7 exact."""
    power = np.empty(y.size, np.int32)
    for k in range(y.size):
        clipped = max(y[k], _LOWEST)
        n = np.floor(clipped * _LOG2_E + np.float32(0.5))
        rest = clipped - n * _LN2_HIGH - n * _LN2_LOW
        value = _TAYLOR[0] * rest + _TAYLOR[1]
        for c in _TAYLOR[2:]:
            value = value * rest + c
        out[k] = value
        power[k] = (np.int32(n) + np.int32(127)) << np.int32(23)
    factor = power.view(np.float32)
    for k in range(y.size):
        out[k] *= factor[k]


def exp_into(y, out):  # type: ignore[no-untyped-def]
    """exp(y) for y <= 0 in compiled loops; in float32 to 1e-7, and not below exp(-87)."""
    np.exp(y, out)


# numba compares the signatures of an overload and of what it returns, annotations included.
@overload(exp_into)
def _compile_exp(y, out):  # type: ignore[no-untyped-def]
    if y.dtype == numba.float32:

        def fast(y, out):  # type: ignore[no-untyped-def]
            _exp_bits(y, out)  # type: ignore[no-untyped-call]

        return fast

    def exact(y, out):  # type: ignore[no-untyped-def]
        for k in range(y.size):
            out[k] = np.exp(y[k])

    return exact
