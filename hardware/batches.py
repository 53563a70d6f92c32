"""Samples for a co-simulation, in pieces that fit into memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError

Array = npt.NDArray[Any]
Batch = tuple[Array, Array | None]


def as_array(values: Any) -> Array:
    """NumPy array of an array-like or a tensor on any device."""
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)


def _pieces(inputs: Any, labels: Any, size: int) -> Iterator[Batch]:
    events = as_array(inputs)
    if events.ndim != 3:
        raise HardwareError(f"inputs have shape {events.shape}, expected [T, B, N]")
    classes = None if labels is None else as_array(labels)
    if classes is not None and classes.shape != (events.shape[1],):
        raise HardwareError(f"labels have shape {classes.shape}, expected ({events.shape[1]},)")
    for start in range(0, events.shape[1], size):
        piece = slice(start, start + size)
        yield events[:, piece], None if classes is None else classes[piece]


def batches(inputs: Any, labels: Any, size: int) -> tuple[Iterator[Batch], int | None]:
    """Cut samples into batches.

    Args:
        inputs: spike counts [T, B, N], or an iterable of pairs (inputs, labels) of such.
        labels: class of each sample, [B], or None; with an iterable, its own labels count.
        size: samples per batch, at most.

    Returns:
        Pairs (inputs, labels or None), and the number of samples if it is known beforehand.

    Raises:
        HardwareError: shapes disagree.
    """
    if hasattr(inputs, "__array__"):
        events = as_array(inputs)
        if events.ndim != 3:
            raise HardwareError(f"inputs have shape {events.shape}, expected [T, B, N]")
        return _pieces(events, labels, size), events.shape[1]
    if not isinstance(inputs, Iterable):
        raise HardwareError(
            f"inputs must be an array or batches of (inputs, labels), not {type(inputs).__name__}"
        )
    if labels is not None:
        raise HardwareError("give labels within the batches, as pairs (inputs, labels)")

    def flow() -> Iterator[Batch]:
        for pair in inputs:
            if not isinstance(pair, tuple | list) or len(pair) != 2:
                raise HardwareError("each batch must be a pair (inputs, labels or None)")
            yield from _pieces(pair[0], pair[1], size)

    return flow(), None
