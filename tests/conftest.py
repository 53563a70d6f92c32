"""Shared by all tests: fixed seeds, and the recorded data where it lies beside the checkout."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

BESIDE = Path(__file__).parents[2] / "shared" / "data"
RECORDED = Path(os.environ.get("POLYCHRONY_RECORDED", BESIDE))


@pytest.fixture(autouse=True)
def _seed() -> None:
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - libraries under test may draw from the global state
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def recorded_data() -> Path:
    """Folder of the recorded data sets, or a skip that says why."""
    if not (RECORDED / "unpack.py").is_file():
        pytest.skip(f"no recorded data at {RECORDED} (set POLYCHRONY_RECORDED)")
    return RECORDED


def _write_heidelberg(
    path: Path,
    recordings: Sequence[tuple[Sequence[float], Sequence[int]]],
    labels: Sequence[int],
    speakers: Sequence[int],
    keys: Sequence[str] = ("zero", "one", "null"),
) -> Path:
    """A file in the layout in which SHD and SSC are published."""
    count = len(recordings)
    with h5py.File(path, "w") as file:
        times = file.create_dataset("spikes/times", (count,), dtype=h5py.vlen_dtype(np.float16))
        units = file.create_dataset("spikes/units", (count,), dtype=h5py.vlen_dtype(np.uint16))
        for row, (t, u) in enumerate(recordings):
            times[row] = np.asarray(t, np.float16)
            units[row] = np.asarray(u, np.uint16)
        file["labels"] = np.asarray(labels, np.uint16)
        file["extra/speaker"] = np.asarray(speakers, np.uint16)
        file["extra/keys"] = np.asarray(keys, "S10")
    return path


@pytest.fixture(scope="session")
def heidelberg_writer() -> Callable[..., Path]:
    return _write_heidelberg
