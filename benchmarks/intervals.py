"""Means of few seeds, with what they leave open."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from scipy.stats import t


class Interval(NamedTuple):
    """A mean, and how far it may lie off on either side."""

    mean: float
    half: float | None
    """Half of the 95 % interval; None of a single value, which tells nothing of it."""

    @property
    def low(self) -> float:
        """The lower end; without an interval, the mean."""
        return self.mean - (self.half or 0.0)

    @property
    def high(self) -> float:
        """The upper end; without an interval, the mean."""
        return self.mean + (self.half or 0.0)


def interval(values: Sequence[float]) -> Interval:
    """Mean and 95 % interval of Student's t: mean +- t(0.975, n - 1) s / sqrt(n).

    Args:
        values: one for each seed.
    """
    mean = statistics.fmean(values)
    if len(values) < 2:
        return Interval(mean, None)
    error = statistics.stdev(values) / math.sqrt(len(values))
    return Interval(mean, float(t.ppf(0.975, len(values) - 1)) * error)


def apart(lower: Interval, upper: Interval) -> bool | None:
    """Whether an interval lies wholly above another; None where either has no interval."""
    if lower.half is None or upper.half is None:
        return None
    return upper.low > lower.high
