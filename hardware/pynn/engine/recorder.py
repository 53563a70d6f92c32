"""What is noted while a network runs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_NOTHING = np.zeros(0, np.int64)


@dataclass
class Spikes:
    """Spikes of one population, those of its watched cells.

    Args:
        watched: whether to note the spikes of each cell, [N].
    """

    watched: npt.NDArray[np.bool_]
    steps: list[IntArray] = field(default_factory=list)
    cells: list[IntArray] = field(default_factory=list)

    def add(self, steps: IntArray, cells: IntArray) -> None:
        """Note spikes that just happened."""
        if len(steps):
            seen = self.watched[cells]
            self.steps.append(steps[seen])
            self.cells.append(cells[seen])

    def read(self) -> tuple[IntArray, IntArray]:
        """Steps and cells of all spikes noted, in order of time."""
        if len(self.steps) != 1:
            self.steps = [np.concatenate(self.steps or [_NOTHING])]
            self.cells = [np.concatenate(self.cells or [_NOTHING])]
        return self.steps[0], self.cells[0]

    def clear(self) -> None:
        """Forget the spikes, but not which cells are watched."""
        self.steps, self.cells = [], []


@dataclass
class _Piece:
    """A stretch of time in which the same rows of the same cells were noted."""

    first: int
    rows: IntArray
    cells: IntArray
    values: list[FloatArray]


class Traces:
    """State of the watched cells of one population, step by step."""

    def __init__(self) -> None:
        self.watched: dict[int, set[int]] = {}
        self._pieces: list[_Piece] = []

    def watch(self, row: int, cells: set[int]) -> None:
        """Note a row of the state of some more cells from now on."""
        self.watched[row] = self.watched.get(row, set()) | cells

    def begin(self, step: int, state: FloatArray) -> tuple[IntArray, IntArray]:
        """Note the state at the first step of a run, and return the rows and cells to note."""
        cells = sorted(set().union(*self.watched.values()))
        rows = np.array(sorted(self.watched), np.int64)
        chosen = np.array(cells, np.int64)
        self._pieces.append(_Piece(step, rows, chosen, [state[np.newaxis, rows][:, :, chosen]]))
        return rows, chosen

    def add(self, values: FloatArray) -> None:
        """Note values of the next steps, [steps, rows, cells]."""
        self._pieces[-1].values.append(values)

    def read(self, row: int, cells: IntArray, first: int, last: int, every: int) -> FloatArray:
        """Values of a row from a step to another, NaN where they were not noted.

        Args:
            row: row of the state.
            cells: cells, in the order wanted.
            first: first step.
            last: last step.
            every: steps from one value to the next.

        Returns:
            The values, [steps, cells].
        """
        wanted = np.arange(first, last + 1, every)
        result = np.full((len(wanted), len(cells)), np.nan)
        for piece in reversed(self._pieces):  # at a common step, what was noted first counts
            if row not in piece.rows:
                continue
            piece.values = [np.concatenate(piece.values)]
            values = piece.values[0][:, np.searchsorted(piece.rows, row)]
            here = (wanted >= piece.first) & (wanted < piece.first + len(values))
            known = np.isin(cells, piece.cells)
            taken = values[wanted[here] - piece.first]
            columns = np.searchsorted(piece.cells, cells[known])
            result[np.ix_(here, known)] = taken[:, columns]
        return result

    def clear(self) -> None:
        """Forget the values, but not what is watched."""
        self._pieces = []
