"""Files in the public layouts, made small."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

WriteHeidelberg = Callable[..., Path]


def random_recordings(count: int, seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(5, 40, count)
    return [(np.sort(rng.uniform(0, 0.3, n)), rng.integers(0, 700, n)) for n in sizes]


@pytest.fixture
def shd_root(tmp_path: Path, heidelberg_writer: WriteHeidelberg) -> Path:
    """Twelve training recordings of speakers 0, 3 and 7, three test recordings; one is empty."""
    train = random_recordings(12)
    train[4] = ([], [])
    speakers = [0, 3, 7, 0, 0, 7, 3, 3, 0, 7, 0, 0]
    heidelberg_writer(tmp_path / "shd_train.h5", train, [i % 3 for i in range(12)], speakers)
    heidelberg_writer(tmp_path / "shd_test.h5", random_recordings(3, 1), [0, 1, 2], [4, 5, 4])
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
