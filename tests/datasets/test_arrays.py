import pickle
from pathlib import Path

import numpy as np

from polychrony.datasets.arrays import ArrayFolder, write_ragged


def test_arrays_come_back_as_they_were_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [rng.integers(0, 9, (n, 3), dtype=np.uint8) for n in (2, 0, 1000, 1)]
    offsets = write_ragged(tmp_path / "counts.npy", iter(rows), dtype=np.uint8, row_shape=(3,))
    np.save(tmp_path / "offsets.npy", offsets)
    folder = ArrayFolder(tmp_path)
    assert folder["counts"].shape == (1003, 3)
    for i, row in enumerate(rows):
        assert (folder["counts"][folder.span(i)] == row).all()


def test_a_pickle_holds_no_map_of_memory(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(100_000))
    folder = ArrayFolder(tmp_path)
    assert folder["a"][7] == 7
    sent = pickle.dumps(folder)
    assert len(sent) < 1000
    assert pickle.loads(sent)["a"][7] == 7


def test_an_array_is_opened_once_and_cannot_be_written(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(3))
    folder = ArrayFolder(tmp_path)
    assert folder["a"] is folder["a"]
    assert not folder["a"].flags.writeable
