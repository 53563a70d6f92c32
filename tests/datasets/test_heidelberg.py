import os
import pickle
import sys
from pathlib import Path
from types import ModuleType

import h5py
import numpy as np
import pytest

from polychrony.datasets import SHD, SSC, BinnedDataset, DataError


def test_a_split_holds_out_whole_speakers(shd_root: Path) -> None:
    train, valid, test = (SHD(shd_root, split) for split in ("train", "valid", "test"))
    assert (len(train), len(valid), len(test)) == (6, 6, 3)
    assert set(train.speakers) == {0}
    assert set(valid.speakers) == {3, 7}
    assert set(test.speakers) == {4, 5}
    assert train.labels.tolist() == [0, 0, 1, 2, 1, 2]
    assert train.classes == ("zero", "one", "null")


def test_recordings_are_those_of_the_file(shd_root: Path) -> None:
    valid = SHD(shd_root, "valid", valid_speakers=(7,))
    with h5py.File(shd_root / "shd_train.h5") as file:
        for i, row in enumerate((2, 5, 9)):
            events, label = valid[i]
            assert label == file["labels"][row]
            assert (events.t == file["spikes/times"][row].astype(np.float64)).all()
            assert (events.x == file["spikes/units"][row]).all()
    assert valid.time_dtype == np.float16


def test_reading_all_is_reading_each(shd_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("polychrony.datasets.heidelberg.ROWS_AT_ONCE", 5)
    for split in ("train", "valid", "test"):
        dataset = SHD(shd_root, split)
        together = list(dataset.read_all())
        assert len(together) == len(dataset)
        for i, events in enumerate(together):
            assert (events.t == dataset[i][0].t).all() and (events.x == dataset[i][0].x).all()


def test_an_empty_recording_is_silence(shd_root: Path, tmp_path: Path) -> None:
    train = SHD(shd_root)
    assert len(train[2][0]) == 0
    x, _ = BinnedDataset(train, dt=0.01, cache_dir=tmp_path / "cache")[2]
    assert x.shape == (1, 700) and x.sum() == 0


def test_unsorted_times_are_sorted_stably(tmp_path: Path, heidelberg_writer) -> None:
    recordings = [([0.5, 0.25, 0.5, 0.25], [1, 2, 3, 4])]
    heidelberg_writer(tmp_path / "ssc_valid.h5", recordings, [0], [0])
    events, _ = SSC(tmp_path, "valid")[0]
    assert events.t.tolist() == [0.25, 0.25, 0.5, 0.5]
    assert events.x.tolist() == [2, 4, 1, 3]


def test_the_three_parts_of_ssc_are_three_files(tmp_path: Path, heidelberg_writer) -> None:
    for count, split in enumerate(("train", "valid", "test"), start=1):
        rows = [([0.1], [5])] * count
        heidelberg_writer(tmp_path / f"ssc_{split}.h5", rows, [0] * count, [0] * count)
    assert [len(SSC(tmp_path, split)) for split in ("train", "valid", "test")] == [1, 2, 3]


def test_the_folder_that_downloads_make_is_found(shd_root: Path) -> None:
    (shd_root / "SHD").mkdir()
    (shd_root / "shd_test.h5").rename(shd_root / "SHD" / "shd_test.h5")
    assert len(SHD(shd_root, "test")) == 3


def test_the_file_is_opened_once_closed_and_not_pickled(shd_root: Path) -> None:
    train = SHD(shd_root)
    assert "_file" not in train.__dict__
    train[0]
    file = train._file
    train[1]
    assert train._file is file
    copy = pickle.loads(pickle.dumps(train))
    assert (copy[0][0].t == train[0][0].t).all()
    copy.close()
    train.close()
    assert not file
    assert len(train[0][0])


def test_another_file_or_speaker_is_another_identity(shd_root: Path) -> None:
    first = SHD(shd_root).identity()
    assert SHD(shd_root).identity() == first
    assert SHD(shd_root, "valid").identity() != first
    assert SHD(shd_root, valid_speakers=(3,)).identity() != first
    test = SHD(shd_root, "test").identity()
    assert SHD(shd_root, "test", valid_speakers=(3,)).identity() == test
    os.utime(shd_root / "shd_train.h5", ns=(0, 0))
    assert SHD(shd_root).identity() != first


def refuse(root: Path, message: str, split: str = "train", **options: object) -> None:
    with pytest.raises(DataError, match=message) as caught:
        SHD(root, split, **options)
    assert "\n" not in str(caught.value)


def test_a_missing_file_says_where_it_was_looked_for(tmp_path: Path) -> None:
    refuse(tmp_path, f"shd_test.h5 is neither in {tmp_path} nor in .*SHD.*download=True", "test")


def test_a_truncated_file_is_refused(shd_root: Path) -> None:
    path = shd_root / "shd_train.h5"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    refuse(shd_root, "shd_train.h5 is not a readable HDF5 file")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shd_train.h5").write_text("<html>not found</html>")
    refuse(tmp_path, "not a readable HDF5 file")


@pytest.mark.parametrize("name", ["spikes/times", "spikes/units", "labels", "extra/keys"])
def test_a_missing_column_is_named(shd_root: Path, name: str) -> None:
    with h5py.File(shd_root / "shd_train.h5", "a") as file:
        del file[name]
    refuse(shd_root, f"lacks {name}")


def test_without_speakers_there_is_no_validation_part(shd_root: Path) -> None:
    for name in ("shd_train.h5", "shd_test.h5"):
        with h5py.File(shd_root / name, "a") as file:
            del file["extra/speaker"]
    refuse(shd_root, "lacks extra/speaker")
    assert len(SHD(shd_root, "test")) == 3


def test_columns_of_different_lengths_are_refused(shd_root: Path) -> None:
    with h5py.File(shd_root / "shd_train.h5", "a") as file:
        del file["labels"]
        file["labels"] = np.zeros(11, np.uint16)
    refuse(shd_root, "spikes/times 12, spikes/units 12, labels 11")


def test_columns_that_are_tables_are_refused(shd_root: Path) -> None:
    with h5py.File(shd_root / "shd_train.h5", "a") as file:
        del file["labels"]
        file["labels"] = np.zeros((12, 2), np.uint16)
    refuse(shd_root, r"labels has shape \(12, 2\), expected \(n,\)")


def test_labels_without_a_name_are_refused(shd_root: Path) -> None:
    with h5py.File(shd_root / "shd_train.h5", "a") as file:
        file["labels"][3] = 3
    refuse(shd_root, "labels 0 to 3, but names 3 classes")


def test_splits_and_speakers_that_do_not_exist_are_refused(shd_root: Path) -> None:
    refuse(shd_root, "no split 'val'; allowed are train, valid, test", "val")
    refuse(
        shd_root, r"speakers \[4\] do not occur; those that do are \[0, 3, 7\]", valid_speakers=[4]
    )


@pytest.mark.parametrize(
    ("times", "units", "message"),
    [
        ([0.1, 0.2], [0, 700], "recording 0 of .*x spans 0 to 700"),
        ([0.1, -0.2], [0, 1], "recording 0 of .*-0.19995"),
        ([0.1, np.inf], [0, 1], "recording 0 of .*inf s"),
        ([0.1, 0.2, 0.3], [0, 1], r"recording 0 of .*t \(3,\), x \(2,\)"),
    ],
)
def test_spikes_no_cochlea_sent_are_refused(
    tmp_path: Path, heidelberg_writer, times: list, units: list, message: str
) -> None:
    heidelberg_writer(tmp_path / "ssc_test.h5", [(times, units)], [0], [0])
    dataset = SSC(tmp_path, "test")
    with pytest.raises(DataError, match=message):
        dataset[0]
    with pytest.raises(DataError, match=message):
        BinnedDataset(dataset, dt=0.01, cache_dir=tmp_path / "cache")


def test_downloading_without_tonic_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tonic", None)
    refuse(tmp_path, r"pip install 'polychrony\[events\]'", download=True)


@pytest.mark.parametrize(("split", "part"), [("train", True), ("valid", True), ("test", False)])
def test_downloading_asks_tonic_for_the_right_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, heidelberg_writer, split: str, part: bool
) -> None:
    def fetch(save_to: str, train: bool) -> None:
        assert train is part
        folder = Path(save_to) / "SHD"
        folder.mkdir()
        name = "shd_train.h5" if train else "shd_test.h5"
        heidelberg_writer(folder / name, [([0.1], [5])] * 3, [0, 1, 2], [0, 3, 7])

    tonic = ModuleType("tonic")
    tonic.datasets = ModuleType("tonic.datasets")
    tonic.datasets.SHD = fetch
    monkeypatch.setitem(sys.modules, "tonic", tonic)
    assert len(SHD(tmp_path, split, download=True)) == {"train": 1, "valid": 2, "test": 3}[split]


def test_a_download_that_fails_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(**_: object) -> None:
        raise RuntimeError("no route to host")

    tonic = ModuleType("tonic")
    tonic.datasets = ModuleType("tonic.datasets")
    tonic.datasets.SHD = fetch
    monkeypatch.setitem(sys.modules, "tonic", tonic)
    refuse(tmp_path, "downloading shd_train.h5 to .* failed: no route to host", download=True)


@pytest.mark.data
@pytest.mark.slow
def test_the_recorded_digits_have_the_public_counts_and_speakers(
    unpack: ModuleType, tmp_path: Path
) -> None:
    unpack.spoken_digits(tmp_path)
    train, valid, test = (SHD(tmp_path, split) for split in ("train", "valid", "test"))
    assert (len(train) + len(valid), len(test)) == (8156, 2264)
    assert not set(train.speakers) & set(valid.speakers)
    assert set(valid.speakers) == set(train.valid_speakers) and len(train.valid_speakers) == 2
    heard = set(train.speakers) | set(valid.speakers)
    assert not heard & {4, 5}
    assert {4, 5} <= set(test.speakers)
    assert len(train.classes) == 20 and set(valid.labels) == set(range(20))
    binned = BinnedDataset(test, dt=0.01, pool=5, cache_dir=tmp_path / "cache")
    assert binned.n_channels == 140 and binned.saturated_events == 0
    total = sum(len(events) for events in test.read_all())
    assert sum(int(x.sum()) for x, _ in binned) == total
