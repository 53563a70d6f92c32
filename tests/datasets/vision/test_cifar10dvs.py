"""CIFAR10-DVS recordings."""

from __future__ import annotations

from pathlib import Path

import pytest

from polychrony.datasets import DataError
from polychrony.datasets.vision import CIFAR10DVS


def test_the_camera_is_turned_upright(dvs_images: Path) -> None:
    data = CIFAR10DVS(dvs_images, partial=True)
    events, label = data[9 * 3 + 4]
    assert label == 3
    assert events.t == pytest.approx([0.0, 5e-4])
    assert (events.x.tolist(), events.y.tolist(), events.p.tolist()) == ([4, 4], [3, 3], [1, 0])


def test_the_first_nine_tenths_of_each_class_train(dvs_images: Path) -> None:
    train, test = (CIFAR10DVS(dvs_images, s, partial=True) for s in ("train", "test"))
    assert (len(train), len(test)) == (90, 10)
    assert [path.stem[-1] for path in test.paths] == ["9"] * 10
    assert test.labels.tolist() == list(range(10))
    assert not set(train.paths) & set(test.paths)
    assert train.identity() != test.identity()


def test_published_counts_are_asked_for(dvs_images: Path) -> None:
    with pytest.raises(DataError, match="airplane holds 10 samples, published are 1,000"):
        CIFAR10DVS(dvs_images)
    for path in (dvs_images / "dog").iterdir():
        path.unlink()
    with pytest.raises(DataError, match="dog holds 0 samples"):
        CIFAR10DVS(dvs_images, partial=True)


def test_what_is_not_there_or_cut_off_is_told(dvs_images: Path) -> None:
    with pytest.raises(DataError, match="airplane is neither in"):
        CIFAR10DVS(dvs_images / "dog", partial=True)
    with pytest.raises(DataError, match="no split 'valid'"):
        CIFAR10DVS(dvs_images, "valid", partial=True)
    data = CIFAR10DVS(dvs_images, partial=True)
    whole = data.paths[0].read_bytes()
    data.paths[0].write_bytes(whole[:-3])
    with pytest.raises(DataError, match=r"airplane_0\.aedat is cut off or damaged"):
        data[0]
    data.paths[0].write_bytes(whole[:-16])
    with pytest.raises(DataError, match="holds no events"):
        data[0]
