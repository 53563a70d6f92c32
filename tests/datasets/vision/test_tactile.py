"""Grasps of the event-based skin."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from polychrony.datasets import DataError, FrameDataset
from polychrony.datasets.vision import NeuTouch


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, n_steps in [("Ev-Objects", 250), ("Ev-Containers", 325)]:
        for split in ("train", "test"):
            folder = tmp_path / name / split
            folder.mkdir(parents=True)
            for k in (10, 9):
                spikes = np.zeros((39, 2, n_steps), np.float32)
                spikes[k, 1, 7] = spikes[38, 0, n_steps - 1] = 1
                np.save(folder / f"sample_{k}_label_{k + 5}.npy", spikes)
    return tmp_path


def test_spikes_lie_at_the_start_of_their_step(root: Path) -> None:
    data = NeuTouch(root, partial=True)
    assert data.labels.tolist() == [14, 15]
    events, label = data[1]
    assert label == 15
    assert events.t == pytest.approx([0.14, 4.98])
    assert (events.x.tolist(), events.p.tolist()) == ([10, 38], [1, 0])


def test_frames_are_the_arrays(root: Path) -> None:
    data = NeuTouch(root / "Ev-Containers", "test", partial=True)
    frames = FrameDataset(data, dt=data.step, n_steps=data.n_steps, cache_dir=root / "cache")
    for i, path in enumerate(data.paths):
        expected = np.load(path).transpose(2, 1, 0)[:, :, None, :]
        assert np.array_equal(frames[i][0].numpy(), expected)


def test_the_folder_tells_the_set(root: Path) -> None:
    assert len(NeuTouch(root, partial=True).classes) == 36
    assert len(NeuTouch(root / "Ev-Objects", partial=True).classes) == 36
    assert len(NeuTouch(root / "Ev-Containers", partial=True).classes) == 20
    with pytest.raises(DataError, match="name the folder Ev-Objects or Ev-Containers"):
        NeuTouch(root / "Ev-Objects" / "train")
    with pytest.raises(DataError, match="train holds 2 samples, published are 576"):
        NeuTouch(root)
    with pytest.raises(DataError, match="step is 0"):
        NeuTouch(root, step=0, partial=True)


@pytest.mark.parametrize(
    ("spikes", "message"),
    [
        (np.zeros((39, 2, 249)), r"expected are numbers \(39, 2, 250\)"),
        (np.full((39, 2, 250), 2), "other values than 0 and 1"),
        (np.full((39, 2, 250), "x"), "holds <U1"),
        (np.array([{}]), "no array or damaged"),
    ],
)
def test_other_arrays_are_told(root: Path, spikes: np.ndarray, message: str) -> None:
    np.save(root / "Ev-Objects" / "train" / "sample_9_label_14.npy", spikes, allow_pickle=True)
    with pytest.raises(DataError, match=message):
        NeuTouch(root, partial=True)[0]


def test_arrays_cut_off_and_strange_names_are_told(root: Path) -> None:
    path = root / "Ev-Objects" / "train" / "sample_9_label_14.npy"
    for content in (path.read_bytes()[:-1], path.read_bytes()[:20], b""):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"sample_9_label_14\.npy is no array or damaged"):
            NeuTouch(root, partial=True)[0]
    path.rename(path.with_name("sample_9_label_36.npy"))
    with pytest.raises(DataError, match="has label 36, allowed are 0 to 35"):
        NeuTouch(root, partial=True)
    (root / "Ev-Objects" / "train" / "other.npy").touch()
    with pytest.raises(DataError, match=r"other\.npy is not called sample_"):
        NeuTouch(root, partial=True)


@pytest.mark.data
def test_the_recorded_sets_are_whole(
    unpack: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack.sys, "argv", ["unpack", "tactile", str(tmp_path)])
    unpack.main()
    for name in ("Ev-Objects", "Ev-Containers"):
        train, test = (NeuTouch(tmp_path / name, split) for split in ("train", "test"))
        per_class = np.bincount(train.labels) + np.bincount(test.labels)
        assert set(per_class) == {20 if name == "Ev-Objects" else 15}
        frames = FrameDataset(
            test, dt=test.step, n_steps=test.n_steps, cache_dir=tmp_path / "cache"
        )
        assert (frames.dropped_events, frames.saturated_events) == (0, 0)
        assert np.array_equal(
            frames[0][0].numpy()[:, :, 0, :], np.load(test.paths[0]).transpose(2, 1, 0)
        )
