"""Spikes of one population in continuous time, and the latencies of their deliveries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polychrony.hardware.noc.lanes import Lanes

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Train:
    """Spikes of a population in one sample, sorted by neuron and time.

    Args:
        row_ptr: first spike of each neuron, [N + 1].
        time: s of the network's time, [S].
    """

    row_ptr: IntArray
    time: FloatArray

    @property
    def neuron(self) -> IntArray:
        """Who fired, [S]."""
        return np.repeat(np.arange(len(self.row_ptr) - 1), np.diff(self.row_ptr))


def train(time: FloatArray, neuron: IntArray, n: int) -> Train:
    """Spikes in any order as a train.

    Args:
        time: s, [S].
        neuron: who fired, [S].
        n: number of neurons.
    """
    order = np.lexsort((time, neuron))
    return Train(np.searchsorted(neuron[order], np.arange(n + 1)).astype(np.int64), time[order])


@dataclass(frozen=True, eq=False)
class Lags:
    """Latency of each spike on each lane of its neuron, s of the network's time.

    Args:
        of: the spikes.
        start: where the lanes of each spike begin, [S + 1].
        lag: latency, s.
        alone: latency on each lane without load, s, [L].
    """

    of: Train
    start: IntArray
    lag: FloatArray
    alone: FloatArray


def lags(
    of: Train, lanes: Lanes, spike: IntArray, lane: IntArray, lag: FloatArray, alone: FloatArray
) -> Lags:
    """Sort latencies of deliveries by spike and lane.

    Args:
        of: the spikes.
        lanes: lanes of the population.
        spike: spike of each delivery, [C].
        lane: its lane, [C].
        lag: its latency, s, [C].
        alone: latency on each lane without load, s, [L].
    """
    first = np.searchsorted(lanes.neuron, np.arange(len(of.row_ptr)))
    start = np.concatenate([[0], np.cumsum(np.diff(first)[of.neuron])])
    sorted_lag = np.zeros(start[-1])
    sorted_lag[start[spike] + lane - first[of.neuron[spike]]] = lag
    return Lags(of, start, sorted_lag, alone)


def nearest(old: Train, new: Train) -> IntArray:
    """Spike of the same neuron in an older train that is nearest to each of a new one; -1 if none.

    Args:
        old: the older train.
        new: the new one, of as many neurons.
    """
    span = 2.0 * max(old.time.max(initial=0.0), new.time.max(initial=0.0)) + 1.0
    keys, key = old.neuron * span + old.time, new.neuron * span + new.time
    after = np.searchsorted(keys, key)
    found = np.full(len(key), -1)
    best = np.full(len(key), np.inf)
    for place in (after - 1, after):
        there = (place >= old.row_ptr[new.neuron]) & (place < old.row_ptr[new.neuron + 1])
        off = np.abs(old.time[np.where(there, place, 0)] - new.time) if len(old.time) else best
        closer = there & (off < best)
        found[closer], best[closer] = place[closer], off[closer]
    return found


def lag_of(
    lags: Lags | None, lanes: Lanes, now: Train, spike: IntArray, lane: IntArray
) -> FloatArray:
    """Latency of deliveries of a run, from those of the run before.

    Args:
        lags: latencies of the run before; none is late without it.
        lanes: lanes of the population.
        now: spikes of this run.
        spike: spike of each delivery, [C].
        lane: its lane, [C].

    Returns:
        That of the neuron's spike that was nearest in time, or without load if there was none; s,
        [C].
    """
    if lags is None:
        return np.zeros(len(spike))
    near = nearest(lags.of, now)[spike]
    first = np.searchsorted(lanes.neuron, now.neuron[spike])
    known = near >= 0
    late = lags.alone[lane]
    late[known] = lags.lag[lags.start[near[known]] + lane[known] - first[known]]
    return late
