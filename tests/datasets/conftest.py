"""Files in the public layouts, made small."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import h5py
import numpy as np
import pytest

WriteHeidelberg = Callable[..., Path]


def write_heidelberg(
    path: Path,
    recordings: Sequence[tuple[Sequence[float], Sequence[int]]],
    labels: Sequence[int],
    speakers: Sequence[int],
    keys: Sequence[str] = ("zero", "one", "null"),
) -> Path:
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


def random_recordings(count: int, seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(5, 40, count)
    return [(np.sort(rng.uniform(0, 0.3, n)), rng.integers(0, 700, n)) for n in sizes]


@pytest.fixture
def heidelberg_writer() -> WriteHeidelberg:
    return write_heidelberg


@pytest.fixture
def shd_root(tmp_path: Path) -> Path:
    """Twelve training recordings of speakers 0, 3 and 7, three test recordings; one is empty."""
    train = random_recordings(12)
    train[4] = ([], [])
    speakers = [0, 3, 7, 0, 0, 7, 3, 3, 0, 7, 0, 0]
    write_heidelberg(tmp_path / "shd_train.h5", train, [i % 3 for i in range(12)], speakers)
    write_heidelberg(tmp_path / "shd_test.h5", random_recordings(3, 1), [0, 1, 2], [4, 5, 4])
    return tmp_path


@pytest.fixture(scope="session")
def digits_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all tests that look at the digits, as making them takes seconds."""
    return tmp_path_factory.mktemp("digits")


@pytest.fixture(scope="session")
def unpack(recorded_data: Path) -> ModuleType:
    """The script that unpacks the recorded data, as a module."""
    spec = importlib.util.spec_from_file_location("unpack", recorded_data / "unpack.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
