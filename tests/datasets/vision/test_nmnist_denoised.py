"""The file of eight thousand denoised N-MNIST recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from polychrony.datasets import DataError
from polychrony.datasets.vision import DenoisedNMNIST

NAME = "nmnist_train_8x1000.npz"


def content(count: int = 80) -> dict[str, np.ndarray]:
    n_events = np.arange(1, count + 1)
    return {
        "t_ms": np.concatenate([np.arange(n) for n in n_events]).astype(np.uint16),
        "addr": np.concatenate([np.full(n, 1156 + 34 * 2 + n % 34) for n in n_events]).astype("u2"),
        "n_events": n_events.astype(np.int32),
        "label": (np.arange(count) % 8).astype(np.uint8),
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    np.savez_compressed(tmp_path / NAME, **content())
    return tmp_path


def opened(root: Path, split: str = "train", seed: int = 0) -> DenoisedNMNIST:
    return DenoisedNMNIST(root, split, seed=seed, cache_dir=root / "cache")


def test_recordings_are_rows_of_the_arrays(root: Path) -> None:
    data = opened(root)
    sizes = []
    for events, label in data:
        count = len(events)
        assert label == (count - 1) % 8
        assert events.t == pytest.approx(np.arange(count) * 1e-3)
        assert set(zip(events.x, events.y, events.p, strict=True)) == {(count % 34, 2, 1)}
        sizes.append(count)
    assert len(set(sizes)) == 64


def test_the_parts_share_nothing_and_hold_every_class(root: Path) -> None:
    parts = [opened(root, split) for split in ("train", "valid", "test")]
    assert [len(part) for part in parts] == [64, 8, 8]
    assert all(set(part.labels) == set(range(8)) for part in parts)
    lengths = [len(events) for part in parts for events, _ in part]
    assert sorted(lengths) == list(range(1, 81))
    assert opened(root, "test", seed=1).identity() != parts[2].identity()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"n_events": np.ones(80, int)}, "do not belong together"),
        ({"label": np.zeros(79, int)}, "do not belong together"),
        ({"label": np.full(80, 8)}, "outside their range"),
        ({"addr": np.zeros((2, 2))}, "not a row of integers"),
        ({"t_ms": np.array([{}])}, "is damaged"),
    ],
)
def test_damaged_files_are_told(
    tmp_path: Path, changed: dict[str, np.ndarray], message: str
) -> None:
    np.savez(tmp_path / NAME, **(content() | changed))
    with pytest.raises(DataError, match=message):
        opened(tmp_path)


def test_files_cut_off_or_missing_are_told(root: Path) -> None:
    path = root / NAME
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match="is damaged"):
        opened(root)
    np.savez(path, t_ms=np.zeros(3))
    with pytest.raises(DataError, match=r"is damaged.*addr"):
        opened(root)
    path.unlink()
    with pytest.raises(DataError, match="there is no nmnist_train_8x1000"):
        opened(root)


@pytest.mark.data
def test_the_recorded_file_holds_a_thousand_of_each_class(
    recorded_data: Path, tmp_path: Path
) -> None:
    (tmp_path / NAME).symlink_to(recorded_data / "nmnist" / NAME)
    parts = [opened(tmp_path, split) for split in ("train", "valid", "test")]
    assert [len(part) for part in parts] == [6400, 800, 800]
    assert np.bincount(np.concatenate([p.labels for p in parts])).tolist() == [1000] * 8
    assert np.bincount(parts[2].labels).tolist() == [100] * 8
    events, _ = parts[0][0]
    assert 465 <= len(events) <= 7216
    assert events.t[-1] < 0.32
