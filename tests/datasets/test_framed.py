"""A data set of frames, on disk."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from polychrony.datasets import DataError, EventDataset, Events, FrameDataset, SensorSize, collate
from polychrony.datasets.selection import Selection, hold_out


class Made(EventDataset):
    """Recordings that a test made."""

    sensor_size = SensorSize(8, 6, 2)
    classes = ("a", "b")
    split = "train"

    def __init__(self, count: int = 10) -> None:
        self.labels = np.arange(count) % 2

    def read(self, index: int) -> Events:
        rng = np.random.default_rng(index)
        x, y, p = (rng.integers(0, n, 50) for n in self.sensor_size)
        return Events.sorted(rng.uniform(0, 0.05, 50), x, y, p)

    def identity(self) -> dict[str, Any]:
        return {"name": "Made", "count": len(self)}


def test_items_are_frames_and_labels(tmp_path: Path) -> None:
    data = FrameDataset(Made(), dt=0.01, n_steps=5, size=(3, 4), cache_dir=tmp_path)
    frames, label = data[3]
    assert (frames.shape, frames.dtype, label) == ((5, 2, 3, 4), torch.uint8, 1)
    assert frames.sum() == 50
    assert (data.step_shape, data.n_channels, len(data)) == ((2, 3, 4), 24, 10)
    assert data.kept_events == 500
    assert pickle.loads(pickle.dumps(data))[3][0].equal(frames)


def test_batches_have_time_first(tmp_path: Path) -> None:
    data = FrameDataset(Made(), dt=0.01, cache_dir=tmp_path)
    x, labels, lengths = collate([data[i] for i in range(4)])
    assert x.shape == (max(data.lengths[:4]), 4, 2, 6, 8)
    assert labels.tolist() == [0, 1, 0, 1]
    assert lengths.tolist() == data.lengths[:4].tolist()


def test_by_number_and_clipped(tmp_path: Path) -> None:
    data = FrameDataset(
        Made(), dt=0.01, n_steps=10, split_by="number", size=(1, 1), clip=2, cache_dir=tmp_path
    )
    assert data[0][0].max() == 2
    assert data.kept_events + data.saturated_events == 500


@pytest.mark.parametrize(
    "changed",
    [{"clip": 3}, {"size": (3, 4)}, {"split_by": "number"}, {"n_steps": 4}, {"dt": 0.02}],
)
def test_other_parameters_are_other_frames(tmp_path: Path, changed: dict[str, Any]) -> None:
    given = {"dt": 0.01, "n_steps": 5, "cache_dir": tmp_path}
    FrameDataset(Made(), **given)
    FrameDataset(Made(), **given)
    FrameDataset(Made(), **(given | changed))
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": (7, 8)}, "cannot be made"),
        ({"clip": 0}, "clip is 0"),
        ({"split_by": "number"}, "need n_steps"),
    ],
)
def test_what_makes_no_sense_is_refused(
    tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        FrameDataset(Made(), dt=0.01, cache_dir=tmp_path, **options)
    assert not list(tmp_path.iterdir())


def test_held_out_recordings_are_none_of_those_that_train() -> None:
    source = Made(20)
    train, valid = (hold_out(source, s, fraction=0.2, seed=1) for s in ("train", "valid"))
    assert (len(train), len(valid)) == (16, 4)
    assert isinstance(train, Selection) and isinstance(valid, Selection)
    assert sorted([*train.rows, *valid.rows]) == list(range(20))
    assert np.bincount(valid.labels).tolist() == [2, 2]
    assert (valid[0][0].t == source.read(int(valid.rows[0])).t).all()
    assert valid[0][1] == source.labels[valid.rows[0]]
    assert train.identity() != valid.identity()
    other = hold_out(source, "valid", fraction=0.2, seed=2)
    assert isinstance(other, Selection)
    assert valid.identity() != other.identity()


def test_a_part_outside_its_range_is_refused() -> None:
    with pytest.raises(DataError, match="must lie in"):
        hold_out(Made(), "valid", fraction=1.0, seed=0)
    with pytest.raises(DataError, match="no split 'test'"):
        hold_out(Made(), "test", fraction=0.1, seed=0)
    with pytest.raises(DataError, match="rows 10 to 10 of a data set of 10"):
        Selection(Made(), [10], "valid")
