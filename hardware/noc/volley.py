"""Messages of steps that are each simulated alone, from what one spike of each neuron sends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.noc.cycle import Messages

Array = npt.NDArray[Any]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SpikeMessages:
    """Messages of each step of each sample, which are episodes of their own.

    Args:
        messages: all of them; those of one episode follow each other, in order of time.
        episode_ptr: first message of each episode, step by step and sample by sample,
            [T * B + 1].
    """

    messages: Messages
    episode_ptr: IntArray


class Volley:
    """Messages of a step in which every neuron spikes once.

    The messages of any step are some of these in the same order, so that nothing is left to sort.
    A neuron with several spikes in a step repeats what leaves it at one time, spike after spike.

    Args:
        messages: messages of that step, in order of time.
        neuron: neuron that sends each, [M].
        n_neurons: neurons, whether they send or not.
    """

    def __init__(self, messages: Messages, neuron: IntArray, n_neurons: int) -> None:
        self.messages = messages
        other = (np.diff(neuron) != 0) | (np.diff(messages.time) != 0)
        first = np.concatenate([np.zeros(min(1, len(neuron)), np.int64), 1 + np.flatnonzero(other)])
        self._group_ptr = np.append(first, len(neuron))
        self._neuron = neuron[first]
        copies = np.diff(messages.row_ptr)
        self._each = np.zeros((2, n_neurons), np.int64)
        np.add.at(self._each[0], neuron, 1)
        np.add.at(self._each[1], neuron, copies)

    def of(self, spikes: Array) -> SpikeMessages:
        """Messages of some steps.

        Args:
            spikes: counts of each neuron, uint8 [E, N].

        Returns:
            Messages of E episodes.
        """
        ptr, copy_ptr = np.zeros((2, len(spikes) + 1), np.int64)
        _numbers(spikes, self._each[0], self._each[1], ptr, copy_ptr)
        n, every = ptr[-1], self.messages
        time, source = np.empty(n, np.int64), np.empty(n, np.int32)
        row_ptr, targets = np.zeros(n + 1, np.int64), np.empty(copy_ptr[-1], np.int32)
        _fill(
            spikes,
            self._neuron,
            self._group_ptr,
            (every.time, every.source, every.row_ptr, every.targets),
            (time, source, row_ptr, targets),
        )
        flits = np.ones(n, np.int32)
        return SpikeMessages(Messages(time, source, row_ptr, targets, flits), ptr)


@numba.njit(cache=True, nogil=True)
def _numbers(spikes, messages, copies, ptr, copy_ptr):  # type: ignore[no-untyped-def]
    """First message and first copy of each episode."""
    for e in range(spikes.shape[0]):
        row = spikes[e]
        sent, reached = 0, 0
        for i in range(row.size):
            sent += row[i] * messages[i]
            reached += row[i] * copies[i]
        ptr[e + 1], copy_ptr[e + 1] = ptr[e] + sent, copy_ptr[e] + reached


@numba.njit(cache=True, nogil=True)
def _fill(spikes, neuron, group_ptr, every, made):  # type: ignore[no-untyped-def]
    times, sources, rows, places = every
    time, source, row_ptr, targets = made
    m = c = 0
    for e in range(spikes.shape[0]):
        row = spikes[e]
        for g in range(neuron.size):
            for _ in range(row[neuron[g]]):
                for k in range(group_ptr[g], group_ptr[g + 1]):
                    time[m], source[m] = times[k], sources[k]
                    for place in range(rows[k], rows[k + 1]):
                        targets[c] = places[place]
                        c += 1
                    m += 1
                    row_ptr[m] = c
