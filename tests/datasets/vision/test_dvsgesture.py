"""Gestures, cut from recordings by label files."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from polychrony.datasets import DataError, FrameDataset
from polychrony.datasets.vision import DVSGesture


def opened(root: Path, split: str = "train", **options: object) -> DVSGesture:
    return DVSGesture(root, split, partial=True, **({"valid_subjects": (23,)} | options))


def test_a_sample_is_what_a_line_delimits(gestures: Path) -> None:
    data = opened(gestures)
    assert data.labels.tolist() == [0, 10, 0, 10]
    assert data.subjects.tolist() == [1, 1, 2, 2]
    assert data.durations == pytest.approx([0.01, 0.025] * 2)
    events, label = data[2]
    assert label == 0
    assert events.t == pytest.approx([k * 1e-3 for k in range(10)])
    assert events.x.tolist() == list(range(10, 20))
    assert set(events.y) == {1}
    assert events.p.tolist() == [k % 2 for k in range(10, 20)]


def test_reading_in_a_row_gives_the_same(gestures: Path) -> None:
    data = opened(gestures)
    for i, events in enumerate(data.read_all()):
        assert events.x.tolist() == data[i][0].x.tolist()
        assert events.t.tolist() == data[i][0].t.tolist()


def test_no_subject_trains_and_validates(gestures: Path) -> None:
    assert set(opened(gestures, "valid").subjects) == {23}
    assert set(opened(gestures, "train").subjects) == {1, 2}
    assert set(opened(gestures, "test").subjects) == {24}
    assert set(opened(gestures, valid_subjects=()).subjects) == {1, 2, 23}
    with pytest.raises(DataError, match=r"valid_subjects .*subjects \[5\] do not occur"):
        opened(gestures, valid_subjects=(5,))


def test_slices_are_whole_and_leave_the_rest(gestures: Path) -> None:
    data = opened(gestures, slice_duration=0.012)
    assert data.labels.tolist() == [0, 10, 10, 0, 10, 10]
    assert data.durations == pytest.approx([0.01, 0.012, 0.012] * 2)
    assert data[2][0].x.tolist() == list(range(62, 74))
    assert data[2][0].t[0] == 0
    with pytest.raises(DataError, match="slice_duration is 0"):
        opened(gestures, slice_duration=0)


def test_frames_of_gestures(gestures: Path) -> None:
    frames = FrameDataset(
        opened(gestures, slice_duration=0.012),
        dt=0.004,
        n_steps=3,
        size=(32, 32),
        cache_dir=gestures / "cache",
    )
    x, _ = frames[1]
    assert x.shape == (3, 2, 32, 32)
    assert x.sum(dim=(1, 2, 3)).tolist() == [4, 4, 4]
    assert x[0, 0, 0, 12].item() + x[0, 1, 0, 12].item() == 2  # columns 50 and 51 of 128


def test_published_counts_are_asked_for(gestures: Path) -> None:
    with pytest.raises(DataError, match=r"trials_to_train\.txt holds 6 samples.*1,176"):
        DVSGesture(gestures)
    with pytest.raises(DataError, match=r"holds 2 samples, published are 288"):
        DVSGesture(gestures, "test")


def test_every_parameter_is_part_of_the_identity(gestures: Path) -> None:
    same = opened(gestures).identity()
    assert opened(gestures / "DvsGesture").identity() == same
    others = [opened(gestures, valid_subjects=()), opened(gestures, slice_duration=0.01)]
    assert all(other.identity() != same for other in others)
    (gestures / "DvsGesture" / "user01_lab_labels.csv").touch()
    assert opened(gestures).identity() != same
    assert pickle.loads(pickle.dumps(opened(gestures)))[1][0].x[0] == 50


HEADER = "class,startTime_usec,endTime_usec"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("trials_to_train.txt", "", "names no recordings"),
        ("trials_to_train.txt", "user01_lab.aedat\n" * 2, "names a recording twice"),
        ("trials_to_train.txt", "../user01_lab.aedat\n", "expected are lines userNN"),
        ("trials_to_train.txt", "user09_lab.aedat\n", "lacks user09_lab.aedat, and 1 more"),
        ("user01_lab_labels.csv", "", "begins with ''"),
        ("user01_lab_labels.csv", "1,2,3\n", "begins with '1,2,3'"),
        (
            "user01_lab_labels.csv",
            HEADER + "\n12,1,2\n",
            "line 2: '12,1,2'",
        ),
        ("user01_lab_labels.csv", HEADER + "\n\n1,2,2\n", "line 3"),
        ("user01_lab_labels.csv", HEADER + "\n1,2\n", "no gesture"),
        ("user01_lab_labels.csv", "\n" * 2_000_000, "too long"),
    ],
)
def test_lists_and_labels_that_are_wrong_are_told(
    gestures: Path, name: str, content: str, message: str
) -> None:
    (gestures / "DvsGesture" / name).write_text(content)
    with pytest.raises(DataError, match=message):
        opened(gestures)


def test_no_text_and_no_folder_are_told(gestures: Path) -> None:
    (gestures / "DvsGesture" / "trials_to_train.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="is no text"):
        opened(gestures)
    with pytest.raises(DataError, match="name the folder of the unpacked set"):
        opened(gestures / "elsewhere")


def test_a_recording_cut_off_or_of_another_camera_is_told(gestures: Path) -> None:
    path = gestures / "DvsGesture" / "user01_lab.aedat"
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    with pytest.raises(DataError, match=r"user01_lab\.aedat, packet at byte .*cut off"):
        opened(gestures)[0]
    head = whole.index(b"HEADER\r\n") + 8
    wide = whole[:head] + whole[head : head + 28] + b"\xff\xff\xff\xff" + whole[head + 32 :]
    path.write_bytes(wide)
    (path.with_name("user01_lab_labels.csv")).write_text(HEADER + "\n1,0,5000\n")
    with pytest.raises(DataError, match=r"user01_lab\.aedat: x spans .*32767"):
        opened(gestures)[0]
