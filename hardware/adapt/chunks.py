"""Which synapses of one neuron share a merger."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def _cut(chosen: Array, weight: Array, limit: int) -> list[Array]:
    """Chunks of at most `limit` neighbours in weight, of even length, never of both signs."""
    chunks: list[Array] = []
    for same in (chosen[weight[chosen] < 0], chosen[weight[chosen] >= 0]):
        if same.size:
            in_order = same[np.argsort(weight[same], kind="stable")]
            chunks += np.array_split(in_order, -(-same.size // limit))
    return chunks


def chunks_to_merge(weight: Array, limit: int) -> list[Array]:
    """Choose the synapses of a neuron that are merged, with as few mergers as make room.

    The weakest are merged. If even `limit` mergers are not enough, all synapses are, and what
    comes of it must be merged again.

    Args:
        weight: weights of one neuron, [n] with n above `limit`.
        limit: synapses that a neuron may have, at least 2.

    Returns:
        Places within `weight` of each chunk, of 2 to `limit` synapses.
    """
    n = len(weight)
    order = np.argsort(np.abs(weight), kind="stable")
    for mergers in range(-(-(n - limit) // (limit - 1)), limit + 1):
        chunks = _cut(order[: n - (limit - mergers)], weight, limit)
        if len(chunks) <= mergers:
            return [chunk for chunk in chunks if len(chunk) > 1]
    return [chunk for chunk in _cut(np.arange(n), weight, limit) if len(chunk) > 1]
