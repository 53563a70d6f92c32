"""Synapses of one projection, and the table of all static ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polychrony.hardware.pynn.engine.loops import deliver

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass
class Synapses:
    """Synapses, one row each; cells are counted over the whole network.

    Args:
        pre: cell that each comes from, [S].
        post: cell that each ends at, [S].
        receptor: 0 excitatory, 1 inhibitory, [S].
        delay: steps, at least 1, [S].
        weight: nA, µS or mV, [S].
    """

    pre: IntArray
    post: IntArray
    receptor: IntArray
    delay: IntArray
    weight: FloatArray

    def __len__(self) -> int:
        return len(self.pre)


def rows_of(index: IntArray, n_cells: int) -> tuple[IntArray, IntArray]:
    """Order that sorts synapses by a cell, and where the synapses of each cell begin in it.

    Args:
        index: cell of each synapse, [S].
        n_cells: number of cells.
    """
    order = np.argsort(index, kind="stable").astype(np.int64)
    starts = np.searchsorted(index[order], np.arange(n_cells + 1)).astype(np.int64)
    return order, starts


class StaticTable:
    """All synapses whose weights stay, sorted by the cell they come from.

    Args:
        parts: synapses of each projection.
        n_cells: number of cells.
    """

    def __init__(self, parts: Sequence[Synapses], n_cells: int) -> None:
        none = np.zeros(0, np.int64)
        empty = Synapses(none, none, none, none, np.zeros(0))
        parts = [*parts, empty]
        order, self._row_ptr = rows_of(np.concatenate([p.pre for p in parts]), n_cells)
        targets = np.concatenate([p.receptor * n_cells + p.post for p in parts])
        self._target = targets[order]
        self._delay = np.concatenate([p.delay for p in parts])[order]
        self._weight = np.concatenate([p.weight for p in parts])[order]

    def deliver(self, steps: IntArray, cells: IntArray, ring: FloatArray) -> None:
        """Send spikes on their way.

        Args:
            steps: step of each spike.
            cells: cell of each spike, counted over the whole network.
            ring: summed weights that arrive, [slots, 2, all cells].
        """
        if len(steps) and len(self._weight):
            flat = ring.reshape(len(ring), -1)
            deliver(steps, cells, self._row_ptr, self._target, self._delay, self._weight, flat)
