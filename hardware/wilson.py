"""How sure a share is that was counted on so many samples."""

from __future__ import annotations

import math

Z95 = 1.959963984540054
"""Quantile of the normal distribution that leaves out 2.5 % on either side."""


def wilson(successes: int, trials: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval of a proportion.

    (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n), with p = successes / n

    Args:
        successes: times that it happened.
        trials: times that it could, at least 1.
        z: quantile of the normal distribution; 95 % by default.

    Returns:
        Lower and upper end, in 0 to 1.
    """
    p, n = successes / trials, trials
    middle = p + z * z / (2 * n)
    reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)
