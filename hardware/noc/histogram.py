"""Counts of times in whole cycles: exact percentiles without keeping every one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

PERCENTILES = (50, 95, 99, 100)

_DENSE = 8  # places for each time, up to which counting is quicker than sorting


class Histogram:
    """Times, rounded to cycles.

    Args:
        quantum: duration of a cycle, s.
    """

    def __init__(self, quantum: float) -> None:
        self.quantum = quantum
        self.cycles = np.zeros(0, np.int64)
        self.counts = np.zeros(0, np.int64)

    def add(self, times: FloatArray) -> None:
        """Count some times.

        Args:
            times: s, [n].
        """
        self.count(np.rint(times / self.quantum).astype(np.int64))

    def count(self, cycles: IntArray) -> None:
        """Count some times that are whole cycles.

        Args:
            cycles: [n].
        """
        if not len(cycles):
            return
        least = cycles.min()
        if cycles.max() - least > _DENSE * len(cycles):
            self._join(*np.unique(cycles, return_counts=True))
            return
        counts = np.bincount(cycles - least)
        found = np.flatnonzero(counts)
        self._join(found + least, counts[found])

    def merge(self, other: Histogram) -> None:
        """Count what another one has counted.

        Args:
            other: of the same quantum.
        """
        self._join(other.cycles, other.counts)

    def _join(self, cycles: IntArray, counts: IntArray) -> None:
        both = np.concatenate([self.cycles, cycles])
        self.cycles, place = np.unique(both, return_inverse=True)
        sums = np.zeros(len(self.cycles), np.int64)
        np.add.at(sums, place.reshape(-1), np.concatenate([self.counts, counts]))
        self.counts = sums

    def __len__(self) -> int:
        return int(self.counts.sum())

    def bins(self, most: int) -> tuple[int, int, IntArray]:
        """Counts in bins of equally many cycles.

        Args:
            most: bins, at most.

        Returns:
            Cycle at which the first begins, cycles of each, and what lies in each.
        """
        if not len(self):
            return 0, 1, np.zeros(0, np.int64)
        first = int(self.cycles[0])
        width = int(-(-(self.cycles[-1] - first + 1) // most))
        found = np.zeros(int(self.cycles[-1] - first) // width + 1, np.int64)
        np.add.at(found, (self.cycles - first) // width, self.counts)
        return first, width, found

    @property
    def mean(self) -> float | None:
        """Mean, s; None without any."""
        return float(self.cycles @ self.counts) / len(self) * self.quantum if len(self) else None

    @property
    def mean_abs(self) -> float | None:
        """Mean of the magnitudes, s; None without any."""
        if not len(self):
            return None
        return float(np.abs(self.cycles) @ self.counts) / len(self) * self.quantum

    @property
    def percentiles(self) -> dict[str, float] | None:
        """Smallest magnitudes, s, that so many percent do not exceed; None without any."""
        if not len(self):
            return None
        size = np.abs(self.cycles)
        order = np.argsort(size, kind="stable")
        below = np.cumsum(self.counts[order])
        at = [np.searchsorted(below, -(-p * below[-1] // 100)) for p in PERCENTILES]
        return {
            str(p): float(size[order[k]]) * self.quantum
            for p, k in zip(PERCENTILES, at, strict=True)
        }
