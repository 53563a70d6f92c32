"""Durations of single operations from durations of whole runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import nnls

Counts = Mapping[str, float]


def durations(counts: Sequence[Counts], seconds: Sequence[float]) -> dict[str, float]:
    """Seconds of one operation of each kind, none below 0.

    They make the sum of squares of predicted / measured - 1 smallest.

    Args:
        counts: operations of each run, by kind; all name the same kinds.
        seconds: duration of each run, s.
    """
    names = list(counts[0])
    table = np.array([[each[name] for name in names] for each in counts], np.float64)
    relative = table / np.array(seconds)[:, None]
    scale = relative.max(axis=0)  # counts differ by many orders of magnitude
    scale[scale == 0] = 1.0
    found, _ = nnls(relative / scale, np.ones(len(seconds)))
    return dict(zip(names, (found / scale).tolist(), strict=True))


def predicted(counts: Counts, each: Mapping[str, float]) -> float:
    """Seconds of a run with so many operations."""
    return sum(count * each[name] for name, count in counts.items())
