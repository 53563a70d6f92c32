"""Spectra by a fast transform on the CPU, over columns of signals, in cache."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from polychrony.snn.kernels import pool
from polychrony.snn.kernels.compiled import spectra as loops
from polychrony.snn.kernels.spectra import factors, n_rows, overlap
from polychrony.snn.kernels.threads import share_threads

_SCRATCH_BYTES = 1 << 20  # of a thread; a second-level cache of today holds it, or most of it
_MOST_LANES = 256  # rows longer than that gain nothing

Plan = tuple[npt.NDArray[Any], ...]


def _places(length: int, radices: list[int]) -> npt.NDArray[np.int64]:
    """Row in which each frequency ends: the digits of its number, the other way round."""
    row = np.zeros(length, np.int64)
    rest, span = np.arange(length), length
    for radix in radices:
        span //= radix
        row += rest % radix * span
        rest //= radix
    return row


@lru_cache(maxsize=64)
def _plan(length: int, dtype: torch.dtype) -> Plan:
    radices = factors(length)
    if radices is None:
        raise ValueError(f"{length} has other factors than 2, 3 and 5")
    angle = 2 * np.pi / length * np.arange(length)
    wanted = np.float32 if dtype == torch.float32 else np.float64
    tables = np.cos(angle).astype(wanted), -np.sin(angle).astype(wanted)
    return np.array(radices, np.int64), _places(length, radices), *tables


class Compiled:
    """Transform of one length on the CPU; see `polychrony.snn.kernels.spectra.Transform`."""

    def __init__(self, length: int) -> None:
        self.length = length

    def _scratch(self, like: Tensor, n_columns: int) -> npt.NDArray[Any]:
        share_threads()
        threads = numba.get_num_threads()
        fitting = _SCRATCH_BYTES // (2 * self.length * like.dtype.itemsize)
        shared = -(-n_columns // (4 * threads))  # two blocks for each thread at least
        lanes = max(16, min(fitting, shared, _MOST_LANES) // 16 * 16)
        return pool.empty((threads, 2, self.length, lanes), like).numpy()

    def analyse(
        self, x: Tensor, columns: slice, starts: list[int], window: int, reverse: bool
    ) -> Tensor:
        """See `Transform.analyse`."""
        width = columns.stop - columns.start
        out = pool.empty((n_rows(self.length), len(starts), width), x)
        loops.analyse(
            x.numpy(),
            columns.start,
            np.array(starts, np.int64),
            window,
            _sign(x, reverse),
            _plan(self.length, x.dtype),
            self._scratch(x, width),
            out.numpy(),
        )
        return out

    def synthesise(
        self,
        products: Tensor,
        y: Tensor,
        columns: slice,
        starts: list[int],
        window: int,
        reverse: bool,
    ) -> None:
        """See `Transform.synthesise`."""
        loops.synthesise(
            products.numpy(),
            columns.start,
            np.array(starts, np.int64),
            window,
            _sign(y, reverse),
            overlap(starts, window),
            _plan(self.length, y.dtype),
            self._scratch(y, products.shape[2]),
            y.numpy(),
        )


def _sign(like: Tensor, reverse: bool) -> Any:
    number = np.float32 if like.dtype == torch.float32 else np.float64
    return number(-1 if reverse else 1)
