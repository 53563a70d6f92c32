"""How compiled loops share out the neurons.

Arrays are [T, M], every neuron of every sample a column. Threads share out blocks of columns;
within a thread, a block runs through all steps at once, so that its state stays in the first-level
cache. Every `SEGMENT` steps the forward pass leaves a mark, the state to go on from; the backward
pass takes one segment after the other, last first, and computes its potentials once more from its
mark, which costs less than to write them all to memory and read them back. Inside the loops every
array is a slice indexed from 0: indices that may be negative would need a check each, and keep a
loop from being vectorised.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from polychrony.snn.kernels import pool

WIDTH = 1024
SEGMENT = 64


def columns(x: Tensor) -> npt.NDArray[Any]:
    """[T, B, N] as an array [T, B * N]."""
    return x.view(len(x), math.prod(x.shape[1:])).numpy()


def per_column(parameters: Tensor, n_samples: int) -> npt.NDArray[Any]:
    """Parameters [P, N] repeated for every sample, an array [P, B * N]."""
    n_rows, n_neurons = parameters.shape
    repeated = parameters.unsqueeze(1).expand(n_rows, n_samples, n_neurons).contiguous()
    return repeated.view(n_rows, -1).numpy()


def number(value: float, dtype: torch.dtype) -> Any:
    """A Python number in the arithmetic of the loops."""
    return np.float32(value) if dtype == torch.float32 else np.float64(value)


def n_marks(n_steps: int) -> int:
    """Segments of a sequence."""
    return -(-n_steps // SEGMENT)


def scratch(like: Tensor, n_columns: int, histories: int, rows: int) -> npt.NDArray[Any]:
    """Working memory of each thread, [threads, histories * SEGMENT + rows, width]."""
    width = min(WIDTH, -(-n_columns // 64) * 64)
    n_rows = max(1, histories * SEGMENT + rows)
    return pool.empty((numba.get_num_threads(), n_rows, width), like).numpy()
