from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from polychrony.datasets import BinnedDataset, DataError, Digits, check_events


@pytest.fixture(scope="module")
def parts(digits_cache: Path) -> dict[str, Digits]:
    return {split: Digits(split, cache_dir=digits_cache) for split in Digits.sizes}


def flat(dataset: Digits, cache: Path, dt: float, n_steps: int) -> np.ndarray:
    binned = BinnedDataset(dataset, dt=dt, n_steps=n_steps, cache_dir=cache)
    assert binned.dropped_events == binned.saturated_events == 0
    return np.stack([x.numpy().ravel() for x, _ in binned]).astype(np.float32)


def test_the_parts_are_disjoint_and_hold_every_class_in_proportion(
    parts: dict[str, Digits],
) -> None:
    assert [len(parts[split]) for split in ("train", "valid", "test")] == [1197, 200, 400]
    rows = np.concatenate([part._rows for part in parts.values()])
    assert sorted(rows.tolist()) == list(range(1797))
    for part in parts.values():
        share = np.bincount(part.labels) / len(part)
        assert share.min() > 0.08 and share.max() < 0.12


def test_events_are_of_the_sensor_and_of_the_path(parts: dict[str, Digits]) -> None:
    counts = []
    for events in parts["valid"].read_all():
        check_events(events, Digits.sensor_size)
        assert events.t[-1] < parts["valid"].duration
        assert np.abs(events.t * 1e6 - np.round(events.t * 1e6)).max() < 1e-6
        counts.append(len(events))
    assert 500 < np.median(counts) < 1200


def test_the_seed_decides_the_events(parts: dict[str, Digits], digits_cache: Path) -> None:
    again = Digits("test", cache_dir=digits_cache)
    assert (again[5][0].t == parts["test"][5][0].t).all()
    assert again.identity() == parts["test"].identity()
    assert again.identity() != parts["train"].identity()
    other = Digits("test", seed=1, cache_dir=digits_cache)
    assert other.identity() != again.identity()
    assert (other.labels != again.labels).any()
    assert len(other[5][0]) != len(again[5][0])


def test_each_saccade_shows_another_side_of_the_digit(parts: dict[str, Digits]) -> None:
    """Moving right the leading edge of a stroke brightens on its right, moving left on its left."""
    for events, _ in (parts["test"][i] for i in range(20)):
        offset = []  # how far the ON events lie to the right of the OFF events
        maps = []
        for saccade in range(3):
            now = (events.t >= 0.1 * saccade) & (events.t < 0.1 * (saccade + 1))
            on, off = now & (events.p == 1), now & (events.p == 0)
            offset.append(events.x[on].mean() - events.x[off].mean())
            maps.append(np.bincount(events.y[on] * 16 + events.x[on], minlength=256))
        assert offset[0] > 0 and offset[1] > 0 and offset[2] < 0
        for a, b in ((0, 1), (1, 2), (2, 0)):
            assert np.corrcoef(maps[a], maps[b])[0, 1] < 0.7


def test_the_digits_can_be_told_apart(parts: dict[str, Digits], digits_cache: Path) -> None:
    train, test = (flat(parts[s], digits_cache, 0.01, 30) for s in ("train", "test"))
    model = LogisticRegression(C=0.01, tol=1e-3, max_iter=200).fit(train, parts["train"].labels)
    assert model.score(test, parts["test"].labels) > 0.92


def test_a_split_that_does_not_exist_is_refused(digits_cache: Path) -> None:
    with pytest.raises(DataError, match="no split 'val'"):
        Digits("val", cache_dir=digits_cache)
