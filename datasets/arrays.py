"""Arrays of uneven length on disk: written as a stream, read as maps of memory."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import DTypeLike, NDArray


def write_ragged(
    path: Path, rows: Iterable[NDArray[Any]], *, dtype: DTypeLike, row_shape: tuple[int, ...] = ()
) -> NDArray[np.int64]:
    """Writes arrays one after another into one .npy file, holding only one at a time.

    Args:
        path: the file.
        rows: arrays [L_i, *row_shape].
        dtype: type of all of them.
        row_shape: shape of one row.

    Returns:
        Offsets, int64 [n + 1]: array i is rows offsets[i] to offsets[i + 1] of the file.
    """
    offsets = [0]
    with path.open("wb") as file:
        start = _write_header(file, 0, row_shape, dtype)
        for row in rows:
            file.write(np.ascontiguousarray(row, dtype=dtype).data)
            offsets.append(offsets[-1] + len(row))
        file.seek(0)
        # numpy leaves room in the header for the first axis to grow.
        if _write_header(file, offsets[-1], row_shape, dtype) != start:
            raise RuntimeError(f"the header of {path.name} outgrew its place")
    return np.asarray(offsets, dtype=np.int64)


def _write_header(file: BinaryIO, length: int, row_shape: tuple[int, ...], dtype: DTypeLike) -> int:
    header = {
        "descr": np.lib.format.dtype_to_descr(np.dtype(dtype)),
        "fortran_order": False,
        "shape": (length, *row_shape),
    }
    np.lib.format.write_array_header_1_0(file, header)
    return file.tell()


class ArrayFolder:
    """The .npy and .json files of a folder, each mapped on first use in each process.

    Args:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open: dict[str, NDArray[Any]] = {}

    def __getitem__(self, name: str) -> NDArray[Any]:
        """The read-only array in `<name>.npy`."""
        if name not in self._open:
            self._open[name] = np.load(self.path / f"{name}.npy", mmap_mode="r")
        return self._open[name]

    def span(self, i: int) -> slice:
        """Rows of item i, by the offsets stored beside the arrays."""
        offsets = self["offsets"]
        return slice(int(offsets[i]), int(offsets[i + 1]))

    def metadata(self) -> dict[str, Any]:
        """What `metadata.json` says."""
        loaded: dict[str, Any] = json.loads((self.path / "metadata.json").read_text())
        return loaded

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "_open": {}}
