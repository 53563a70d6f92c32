"""Synapses with delays of their own, as dense layers behind lines of delays."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from polychrony.snn.exchange.nir.errors import NirError
from polychrony.snn.graph import Projection


class Tap(NamedTuple):
    """Synapses that one layer of NIR can hold: at most one between two neurons.

    Args:
        weight: [N_out, N_in], float32.
        delay: steps by which each source neuron's spikes come later, int [N_in].
    """

    weight: npt.NDArray[np.float32]
    delay: npt.NDArray[np.int64]


def taps(projection: Projection, n_in: int, n_out: int, later: int, most: int) -> list[Tap]:
    """Layers that together do what a projection does.

    Where all synapses of each source neuron have one delay, a single layer does; else there is one
    for each delay, and more where two neurons are joined twice with the same delay. Synapses of
    weight 0 are left out.

    Args:
        projection: the synapses.
        n_in: neurons of its source.
        n_out: neurons of its target.
        later: steps taken off every delay, for an edge that takes them anyway.
        most: weights that the layers may have together.

    Raises:
        NirError: they would have more; NIR has no sparse weights.
    """
    used = np.flatnonzero(projection.weight)
    pre, post = projection.pre[used].astype(np.int64), projection.post[used].astype(np.int64)
    weight, delay = projection.weight[used], projection.delay[used].astype(np.int64) - later
    lines = np.zeros(n_in, np.int64)
    lines[pre] = delay
    joined = len(np.unique(pre * n_out + post))
    if joined == len(used) and np.array_equal(lines[pre], delay):
        layer = np.zeros(len(used), np.int64)
        delays = [lines]
    else:
        keys = np.stack([delay, _repeats(pre, post, delay, n_out)])
        found, layer = np.unique(keys, axis=1, return_inverse=True)
        layer = layer.reshape(-1)
        delays = [np.full(n_in, steps) for steps in found[0]]
    if len(delays) * n_in * n_out > most:
        raise NirError(
            f"{projection.label}: {len(delays)} delays make as many dense matrices of "
            f"{n_out} x {n_in}, {len(delays) * n_in * n_out:,} weights in all, beyond {most:,}; "
            "NIR has no sparse ones. Raise the limit, or train with shorter delays"
        )
    made = []
    for k, steps in enumerate(delays):
        mine: Any = layer == k
        dense = np.zeros((n_out, n_in), np.float32)
        dense[post[mine], pre[mine]] = weight[mine]
        made.append(Tap(dense, steps))
    return made


def _repeats(
    pre: npt.NDArray[np.int64],
    post: npt.NDArray[np.int64],
    delay: npt.NDArray[np.int64],
    n_out: int,
) -> npt.NDArray[np.int64]:
    """How many synapses before each join the same neurons with the same delay."""
    pair = pre * n_out + post
    order = np.lexsort((np.arange(len(pair)), delay, pair))
    again = (np.diff(pair[order], prepend=-1) == 0) & (np.diff(delay[order], prepend=-1) == 0)
    place = np.arange(len(pair))
    first = np.maximum.accumulate(np.where(again, 0, place))
    found = np.empty(len(pair), np.int64)
    found[order] = place - first
    return found
