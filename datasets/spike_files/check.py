"""Spikes as a file holds them, refused unless a network of a given size can receive them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polychrony.datasets.errors import DataError
from polychrony.datasets.events import Events

Where = Callable[[int], str]
"""Says where the k-th spike of a recording stands."""


def checked(times: NDArray[Any], units: NDArray[Any], n_channels: int, where: Where) -> Events:
    """Events of one recording.

    Nothing is sorted, rounded or wrapped: what is out of place is a mistake of whatever wrote it.

    Args:
        times: times, s, [E], of any number type.
        units: channels, [E], of any whole-number type.
        n_channels: channels N that can receive spikes.
        where: says where a spike stands, counted from 0.

    Returns:
        The events.

    Raises:
        DataError: lengths differ; a time is not finite, negative, or earlier than the one before
            it; or a channel lies outside 0 to N - 1.
    """
    if len(times) != len(units):
        raise DataError(f"{where(0)}: {len(times)} times and {len(units)} channels; give as many")
    t = times.astype(np.float64)
    if len(bad := np.flatnonzero(~np.isfinite(t) | (t < 0))):
        raise DataError(
            f"{where(bad[0])}: time {t[bad[0]]} s; times must be finite and not negative"
        )
    if len(late := np.flatnonzero(t[1:] < t[:-1])):
        k = int(late[0]) + 1
        raise DataError(
            f"{where(k)}: time {t[k]} s comes after {t[k - 1]} s; sort the spikes by time"
        )
    if len(outside := np.flatnonzero((units < 0) | (units >= n_channels))):
        raise DataError(
            f"{where(outside[0])}: channel {units[outside[0]]} lies outside 0 to {n_channels - 1}"
        )
    return Events.sorted(t, units)
