"""Products of spikes with weights, that skip what is 0 where little else is there."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from polychrony.snn.kernels.compiled import spikes as loops
from polychrony.snn.kernels.threads import share_threads

FEW_ROWS = 64
"""Rows below which a matrix product is as quick."""
DENSE = 0.2
"""Share of values that are not 0 above which a matrix product is quicker, as measured."""


class Spikes(NamedTuple):
    """What is not 0 in a matrix x [R, J]."""

    first: npt.NDArray[np.int64]
    """Where each row begins, and the last ends, [R + 1]."""
    places: npt.NDArray[np.int64]
    """Column of each value."""
    values: npt.NDArray[Any]
    """The values, row after row."""
    n_columns: int
    """J."""

    def turned(self) -> Spikes:
        """The transposed matrix."""
        n_rows = len(self.first) - 1
        found = loops.turn(self.first, self.places, self.values, self.n_columns)
        first, rows, values = found
        return Spikes(first, rows, values, n_rows)


def few_spikes(x: Tensor, like: Tensor) -> Spikes | None:
    """Spikes of frames, where products that skip zeros are quicker than a matrix product.

    Args:
        x: spikes or values, [..., J].
        like: the weights they meet.

    Returns:
        Those of x as a matrix [R, J], or None where a matrix product is to be preferred.
    """
    able = x.device.type == "cpu" and x.dtype == like.dtype
    if (
        not able
        or x.dtype not in (torch.float32, torch.float64)
        or torch.is_autocast_enabled("cpu")
    ):
        return None
    matrix = x.detach().reshape(-1, x.shape[-1])
    if len(matrix) < FEW_ROWS:
        return None
    array = matrix.contiguous().numpy()
    first = np.empty(len(matrix) + 1, np.int64)
    share_threads(array.size)
    loops.count(array, first)
    if first[-1] > DENSE * array.size:
        return None
    places, values = np.empty(first[-1], np.int64), np.empty(first[-1], array.dtype)
    loops.find(array, first, places, values)
    return Spikes(first, places, values, array.shape[1])


def reference(x: Tensor, rows: Tensor, total: Tensor) -> None:
    """The definition, in plain torch, of `add_products` for spikes x [R, J]."""
    total += x @ rows


@torch.no_grad()
def add_products(spikes: Spikes, rows: Tensor, total: Tensor, fresh: bool = False) -> None:
    """Add x @ rows to `total`, in place, for the spikes of x; compiled, on the CPU.

    Args:
        spikes: of x, [R, J].
        rows: [J, M].
        total: [R, M], contiguous.
        fresh: overwrite `total` instead.
    """
    share_threads(int(spikes.first[-1]) * rows.shape[1])
    loops.gather(*spikes[:3], rows.contiguous().numpy(), fresh, total.numpy())
