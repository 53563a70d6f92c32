"""What the readers of HDF5 files share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from polychrony.datasets.errors import DataError


def open_hdf5(path: Path) -> h5py.File:
    """Opens a file for reading.

    Raises:
        DataError: it is no HDF5 file, cut off, or cannot be read.
    """
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise DataError(
            f"{path} is not a readable HDF5 file (cut off, or something else): "
            "fetch or write it again"
        ) from error


def check_columns(path: Path, file: h5py.File, names: Sequence[str]) -> None:
    """Refuses columns that do not hold one entry for each recording.

    Raises:
        DataError: one is not one-dimensional, or their lengths differ.
    """
    for name in names:
        if file[name].ndim != 1:
            raise DataError(f"{path}: {name} has shape {file[name].shape}, expected (n,)")
    counts = {name: len(file[name]) for name in names}
    if len(set(counts.values())) > 1:
        lengths = ", ".join(f"{name} {n}" for name, n in counts.items())
        raise DataError(f"{path} has columns of different lengths: {lengths}")


def stored_float(times: h5py.Dataset) -> np.dtype[Any]:
    """Floating type of variable-length rows; float64 for whole numbers."""
    base = h5py.check_vlen_dtype(times.dtype)
    return np.dtype(base if base is not None and np.dtype(base).kind == "f" else np.float64)
