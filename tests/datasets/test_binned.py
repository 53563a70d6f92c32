import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from polychrony.datasets import (
    SHD,
    BinnedDataset,
    DataError,
    EventDataset,
    Events,
    SensorSize,
    bin_events,
)


class Made(EventDataset):
    """Recordings made in memory, counting how often they are read."""

    sensor_size = SensorSize(6)
    classes = ("a", "b")
    split = "train"

    def __init__(self, recordings: list[Events], name: str = "made") -> None:
        self.recordings = recordings
        self.labels = np.arange(len(recordings)) % 2
        self.name = name
        self.reads = 0

    def read(self, index: int) -> Events:
        self.reads += 1
        return self.recordings[index]

    def identity(self) -> dict[str, Any]:
        return {"name": self.name}


class Interrupted(Made):
    """Fails in the middle of the first reading."""

    def read_all(self) -> Iterator[Events]:
        for done, events in enumerate(super().read_all()):
            if done == 2:
                raise KeyboardInterrupt
            yield events


@pytest.fixture
def recordings() -> list[Events]:
    rng = np.random.default_rng(0)
    return [
        Events.sorted(rng.uniform(0, 0.1 * (i + 1), 30), rng.integers(0, 6, 30)) for i in range(5)
    ]


def test_items_are_the_counts_of_the_events(recordings: list[Events], tmp_path: Path) -> None:
    source = Made(recordings)
    binned = BinnedDataset(source, dt=0.01, pool=2, cache_dir=tmp_path)
    assert (len(binned), binned.n_channels, binned.classes) == (5, 3, ("a", "b"))
    for i, (x, label) in enumerate(binned):
        assert x.dtype == torch.uint8
        assert label == i % 2
        expected = bin_events(recordings[i], source.sensor_size, dt=0.01, pool=2)
        assert np.array_equal(x.numpy(), expected)
        assert binned.lengths[i] == len(x)


def test_an_item_is_the_callers_own(recordings: list[Events], tmp_path: Path) -> None:
    binned = BinnedDataset(Made(recordings), dt=0.01, cache_dir=tmp_path)
    before = binned[0][0].clone()
    binned[0][0].fill_(9)
    assert torch.equal(binned[0][0], before)


def test_the_second_time_nothing_is_read(recordings: list[Events], tmp_path: Path) -> None:
    BinnedDataset(Made(recordings), dt=0.01, cache_dir=tmp_path)
    again = Made(recordings)
    binned = BinnedDataset(again, dt=0.01, cache_dir=tmp_path)
    assert again.reads == 0
    assert len(binned[4][0]) == binned.lengths[4]


@pytest.mark.parametrize(
    "changed", [{"dt": 0.02}, {"n_steps": 7}, {"pool": 3}, {"source": "other name"}]
)
def test_a_changed_parameter_is_never_served_from_the_cache(
    recordings: list[Events], tmp_path: Path, changed: dict[str, Any]
) -> None:
    BinnedDataset(Made(recordings), dt=0.01, cache_dir=tmp_path)
    source = Made(recordings, changed.pop("source", "made"))
    BinnedDataset(source, **{"dt": 0.01, **changed}, cache_dir=tmp_path)
    assert source.reads == len(recordings)


def test_dropped_and_saturated_events_are_told(tmp_path: Path) -> None:
    source = Made(
        [Events.sorted([0.0, 0.1, 0.5], [0, 1, 2]), Events.sorted([0.0] * 300, [0] * 300)]
    )
    for _ in range(2):  # made, then loaded
        binned = BinnedDataset(source, dt=0.1, n_steps=2, cache_dir=tmp_path)
        assert (binned.dropped_events, binned.saturated_events) == (1, 45)
        assert binned.lengths.tolist() == [2, 2]


def test_interrupted_preprocessing_is_not_taken_for_a_smaller_data_set(
    recordings: list[Events], tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        BinnedDataset(Interrupted(recordings), dt=0.01, cache_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []
    binned = BinnedDataset(Made(recordings), dt=0.01, cache_dir=tmp_path)
    assert len(binned) == len(binned.lengths) == 5


def test_progress_is_told(recordings: list[Events], tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    BinnedDataset(
        Made(recordings),
        dt=0.01,
        cache_dir=tmp_path,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(i, 5) for i in range(1, 6)]


def test_events_outside_the_sensor_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="x spans 6 to 6"):
        BinnedDataset(Made([Events.sorted([0.0], [6])]), dt=0.01, cache_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_pickle_is_small_and_reads_the_same(shd_root: Path, tmp_path: Path) -> None:
    binned = BinnedDataset(SHD(shd_root), dt=0.01, cache_dir=tmp_path / "cache")
    binned[0]
    copy = pickle.loads(pickle.dumps(binned))
    assert torch.equal(copy[1][0], binned[1][0])


def test_a_part_without_recordings_is_empty(tmp_path: Path) -> None:
    binned = BinnedDataset(Made([]), dt=0.01, cache_dir=tmp_path)
    assert len(binned) == 0 and binned.lengths.shape == (0,)
