"""Spikes of one run from time 0, as an activity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.snn.activity import Activity

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Trial:
    """What happened from one reset to the next.

    Args:
        steps: step of each spike.
        cells: cell of each spike, counted over the whole network.
        n_steps: length of the run.
    """

    steps: IntArray
    cells: IntArray
    n_steps: int

    @property
    def first(self) -> int:
        """Step of the first row of the activity: 1, or 0 if a source fires at time 0."""
        return int(self.steps.min(initial=1))

    def activity(self, names: Mapping[Any, str], dt: float) -> Activity:
        """Spikes of each population, [T, 1, N].

        Args:
            names: name of each population.
            dt: step, s.
        """
        counts = {}
        for population, name in names.items():
            begin = population.core.first
            mine = (self.cells >= begin) & (self.cells < begin + population.size)
            array = np.zeros((self.n_steps + 1 - self.first, 1, population.size), np.uint8)
            where = (self.steps[mine] - self.first, 0, self.cells[mine] - begin)
            np.add.at(array, where, 1)
            counts[name] = array
        return Activity(dt, counts)
