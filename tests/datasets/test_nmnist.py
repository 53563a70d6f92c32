from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from polychrony.datasets import NMNIST, BinnedDataset, DataError

pytest.importorskip("tonic")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for split, digit, name in [("Train", 3, "b"), ("Train", 0, "z"), ("Test", 9, "a")]:
        folder = tmp_path / split / str(digit)
        folder.mkdir(parents=True)
        (folder / f"{name}.bin").write_bytes(bytes([digit, 1, 128, 0, 50]))
    return tmp_path


def test_the_folder_is_the_label(root: Path) -> None:
    train = NMNIST(root, partial=True)
    assert train.labels.tolist() == [0, 3]
    events, label = train[1]
    assert (label, events.x.tolist(), events.p.tolist()) == (3, [3], [1])
    assert NMNIST(root, "test", partial=True).labels.tolist() == [9]


def test_the_folder_above_will_do(root: Path) -> None:
    (root / "NMNIST").mkdir()
    (root / "Train").rename(root / "NMNIST" / "Train")
    assert len(NMNIST(root, partial=True)) == 2


def test_a_part_of_the_set_is_taken_only_if_asked_for(root: Path) -> None:
    with pytest.raises(DataError, match=r"Train holds 2 samples, published are 60,000.*partial"):
        NMNIST(root)


def test_another_file_is_another_identity(root: Path) -> None:
    before = NMNIST(root, partial=True).identity()
    assert NMNIST(root, partial=True).identity() == before
    (root / "Train" / "3" / "c.bin").write_bytes(b"")
    assert NMNIST(root, partial=True).identity() != before


def test_what_is_not_there_is_refused(root: Path) -> None:
    with pytest.raises(DataError, match="no split 'valid'"):
        NMNIST(root, "valid")
    with pytest.raises(DataError, match="no recordings"):
        NMNIST(root / "Train")


def test_events_beyond_the_sensor_are_refused(root: Path) -> None:
    (root / "Test" / "9" / "a.bin").write_bytes(bytes([34, 1, 128, 0, 50]))
    with pytest.raises(DataError, match="reaches beyond"):
        NMNIST(root, "test", partial=True)[0]


@pytest.mark.data
def test_the_recorded_files_are_ten_classes(unpack: ModuleType, tmp_path: Path) -> None:
    unpack.nmnist(tmp_path)
    test = NMNIST(tmp_path, "test", partial=True)
    assert (len(NMNIST(tmp_path, partial=True)), len(test)) == (1000, 100)
    assert np.unique(test.labels).tolist() == list(range(10))
    binned = BinnedDataset(test, dt=0.01, cache_dir=tmp_path / "cache")
    assert binned.n_channels == 2312
    assert binned.lengths.min() >= 25 and binned.lengths.max() <= 35
