"""Projections of graphs as the matrices of linear layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.snn.graph import NetworkGraph, Projection

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Matrix:
    """A projection as a matrix of weights, with zeros where there is no synapse.

    Args:
        n_in: source neurons.
        n_out: target neurons.
        taps: weights of each pair of neurons, the most synapses that one has, at least 1.
        synapses: synapses, weights other than 0.
        delayed: whether it has delays.
        fan_out: synapses of each source neuron, [n_in].
    """

    n_in: int
    n_out: int
    taps: int
    synapses: int
    delayed: bool
    fan_out: IntArray

    @classmethod
    def of(cls, graph: NetworkGraph, projection: Projection) -> Matrix:
        """Matrix of a projection of a graph."""
        n_in, n_out = graph[projection.source].size, graph[projection.target].size
        ranks = _ranks(projection, n_out)
        real = projection.weight != 0
        return cls(
            n_in,
            n_out,
            int(ranks.max(initial=0)) + 1,
            int(np.count_nonzero(real)),
            bool(projection.delay.any()),
            np.bincount(projection.pre[real], minlength=n_in).astype(np.int64),
        )

    @property
    def weights(self) -> int:
        """Weights, zeros included."""
        return self.n_in * self.n_out * self.taps


def spread(projection: Projection, matrix: Matrix, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Values of synapses as a matrix, [n_out, n_in * taps], those of a source neuron together.

    Args:
        projection: the synapses.
        matrix: its matrix.
        values: one of each synapse, [S].
    """
    dense = np.zeros((matrix.n_out, matrix.n_in, matrix.taps), values.dtype)
    dense[projection.post, projection.pre, _ranks(projection, matrix.n_out)] = values
    return dense.reshape(matrix.n_out, -1)


def _ranks(projection: Projection, n_out: int) -> IntArray:
    """Number of each synapse among those of the same two neurons, [S]."""
    pair = projection.pre.astype(np.int64) * n_out + projection.post
    order = np.argsort(pair, kind="stable")
    ordered = pair[order]
    begins = np.flatnonzero(np.diff(ordered, prepend=-1))
    ranks = np.empty(len(pair), np.int64)
    lengths = np.diff(begins, append=len(pair))
    ranks[order] = np.arange(len(pair)) - np.repeat(begins, lengths)
    return ranks
