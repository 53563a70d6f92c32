"""Spikes of two runs, counted in one pass."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def tally(software: Array, hardware: Array) -> npt.NDArray[np.int64]:
    """Spikes of one run, of another, and entries in which they differ.

    Args:
        software: counts, uint8, any shape.
        hardware: counts, uint8, of the same shape.

    Returns:
        Three numbers.
    """
    flat = (np.ascontiguousarray(x).reshape(-1) for x in (software, hardware))
    return np.array(_tally(*flat), np.int64)


@numba.njit(cache=True, nogil=True)
def _tally(software, hardware):  # type: ignore[no-untyped-def]
    first = second = differ = np.int64(0)
    for k in range(software.size):
        first += np.int64(software[k])
        second += np.int64(hardware[k])
        differ += np.int64(software[k] != hardware[k])
    return first, second, differ
