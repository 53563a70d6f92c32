"""Attributes of synapses as matrices."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_STARTS = {"sum": (np.add, 0.0), "min": (np.minimum, np.inf), "max": (np.maximum, -np.inf)}


def as_matrix(
    values: npt.NDArray[np.float64],
    pre: IntArray,
    post: IntArray,
    shape: tuple[int, int],
    multiple: str,
) -> FloatArray:
    """Values of synapses by the cells that they join, NaN where there is none.

    Args:
        values: one per synapse.
        pre: row of each synapse.
        post: column of each synapse.
        shape: rows and columns.
        multiple: what to give where several synapses join two cells: `"sum"`, `"min"`, `"max"`,
            `"first"` or `"last"`.

    Returns:
        The matrix.
    """
    matrix = np.full(shape, np.nan)
    if multiple in _STARTS:
        combine, start = _STARTS[multiple]
        matrix[pre, post] = start
        combine.at(matrix, (pre, post), values)
        return matrix
    order = np.arange(len(values))[:: 1 if multiple == "last" else -1]
    for s in order:
        matrix[pre[s], post[s]] = values[s]
    return matrix
