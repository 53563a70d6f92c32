"""Recordings in the layout of the public SHD and SSC files, written by anybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from polychrony.datasets.errors import DataError
from polychrony.datasets.hdf5 import check_columns

COLUMNS = ("spikes/times", "spikes/units")
KINDS = {"spikes/times": "fiu", "spikes/units": "iu"}
BROKEN = (OSError, RuntimeError, ValueError, KeyError, TypeError, MemoryError)
"""What h5py raises on files that are damaged inside."""


def check_layout(path: Path, file: h5py.File) -> bool:
    """Refuses files of another layout before anything large is read.

    Args:
        path: the file.
        file: the same, open.

    Returns:
        Whether it has labels.

    Raises:
        DataError: a column is missing, or of another kind or length, or declares more recordings
            than the file has bytes.
    """
    try:
        if missing := [name for name in COLUMNS if not isinstance(_get(file, name), h5py.Dataset)]:
            raise DataError(
                f"{path} lacks {' and '.join(missing)}: write one array of times in seconds and "
                "one of channels for each recording, as the SHD files do"
            )
        labels = _get(file, "labels")
        has_labels = labels is not None
        names = [*COLUMNS, *["labels"] * has_labels]
        for name, kinds in KINDS.items():
            base = h5py.check_vlen_dtype(file[name].dtype)
            if base is None or np.dtype(base).kind not in kinds:
                raise DataError(
                    f"{path}: {name} holds {base or file[name].dtype}; needed are arrays of "
                    f"variable length of {'whole ' if kinds == 'iu' else ''}numbers"
                )
        if has_labels and (not isinstance(labels, h5py.Dataset) or labels.dtype.kind not in "iu"):
            raise DataError(f"{path}: labels hold no whole numbers; write some, or leave them out")
        check_columns(path, file, names)
        _check_count(path, len(file[COLUMNS[0]]))
    except DataError:
        raise
    except BROKEN as error:
        raise _damaged(path, error) from error
    return has_labels


def read_labels(path: Path, file: h5py.File, count: int, n_classes: int) -> NDArray[np.int64]:
    """Labels of the first recordings.

    Args:
        path: the file.
        file: the same, open and with labels.
        count: recordings.
        n_classes: classes of the network.

    Returns:
        int64 [count].

    Raises:
        DataError: a label lies outside 0 to n_classes - 1, or the file is damaged.
    """
    try:
        labels = file["labels"][:count]
    except BROKEN as error:
        raise _damaged(path, error) from error
    if len(bad := np.flatnonzero((labels < 0) | (labels >= n_classes))):
        raise DataError(
            f"{path}: label {labels[bad[0]]} of recording {bad[0]} lies outside 0 to "
            f"{n_classes - 1}, the classes of the network"
        )
    return np.asarray(labels, dtype=np.int64)


def read_row(path: Path, file: h5py.File, row: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Times and channels of one recording, as they are stored.

    Raises:
        DataError: the file is damaged.
    """
    try:
        times, units = (np.asarray(file[name][row]) for name in COLUMNS)
    except BROKEN as error:
        raise _damaged(path, error) from error
    return times, units


def _get(file: h5py.File, name: str) -> Any:
    # h5py raises KeyError where a part of the way is missing, or is no group.
    try:
        return file[name]
    except KeyError:
        return None


def _check_count(path: Path, count: int) -> None:
    size = path.stat().st_size
    if count > size:
        raise DataError(
            f"{path} declares {count:,} recordings, and has {size:,} bytes: it is damaged"
        )
    if not count:
        raise DataError(f"{path} holds no recording: spikes/times is empty")


def _damaged(path: Path, error: BaseException) -> DataError:
    reason = next(iter(str(error).splitlines()), type(error).__name__)
    return DataError(f"{path} is damaged ({reason}): fetch or write it again")
