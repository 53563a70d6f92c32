"""Integers that every neuron of a population has, or that all share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError


def per_neuron(
    values: npt.ArrayLike, n: int, name: str, low: int, high: int
) -> npt.NDArray[np.int64]:
    """One integer for each neuron.

    Args:
        values: integers, scalar or [N].
        n: number of neurons.
        name: what they are, for messages.
        low: smallest that is allowed.
        high: largest that is allowed.

    Raises:
        HardwareError: they are no integers, or of another shape, or out of range.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "iub":
        raise HardwareError(f"{name} must be an integer, not {array.dtype}")
    if array.shape not in ((), (n,)):
        raise HardwareError(f"{name} has shape {array.shape}, expected a scalar or ({n},)")
    if array.size and (array.min() < low or array.max() > high):
        least, most = array.min(), array.max()
        given = f"is {least}" if least == most else f"reaches from {least} to {most}"
        raise HardwareError(f"{name} {given}, allowed are {low} to {high}")
    return np.ascontiguousarray(np.broadcast_to(array, (n,)), dtype=np.int64)
