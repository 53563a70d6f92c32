"""A writer of spike files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

Rows = Sequence[tuple[Sequence[float], Sequence[int]]]
WriteSpikes = Callable[..., Path]


@pytest.fixture
def write_spikes(tmp_path: Path) -> WriteSpikes:
    """Writes recordings, pairs (times, units), into an HDF5 file."""

    def write(rows: Rows, labels: Any = None, name: str = "spikes.h5", **types: Any) -> Path:
        path = tmp_path / name
        with h5py.File(path, "w") as file:
            for column, (key, usual) in enumerate((("times", np.float64), ("units", np.int64))):
                dtype = types.get(key, usual)
                made = file.create_dataset(
                    f"spikes/{key}", (len(rows),), dtype=h5py.vlen_dtype(dtype)
                )
                for row, recording in enumerate(rows):
                    made[row] = np.asarray(recording[column], dtype)
            if labels is not None:
                file["labels"] = labels
        return path

    return write
