"""Images in the binary layout."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from polychrony.datasets import DataError, collate
from polychrony.datasets.vision import CIFAR10, CIFAR100


def test_every_step_is_the_same_image_in_the_same_memory(images: Path) -> None:
    frames, label = CIFAR10(images, "test", n_steps=6, partial=True)[13]
    assert (frames.shape, frames.dtype, label) == ((6, 3, 32, 32), torch.uint8, 3)
    assert (frames == 213).all()
    assert frames.untyped_storage().nbytes() == 3072


def test_channels_and_rows_follow_the_file(images: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, 3072).astype(np.uint8)
    path = images / "cifar-10-batches-bin" / "test_batch.bin"
    path.write_bytes(b"\x07" + pixels.tobytes())
    frames, label = CIFAR10(images, "test", partial=True)[0]
    assert label == 7
    for channel, y, x in [(0, 0, 31), (1, 5, 2), (2, 31, 0)]:
        assert frames[0, channel, y, x] == pixels[1024 * channel + 32 * y + x]


def test_validation_holds_out_a_part_of_each_class(images: Path) -> None:
    train, valid = (
        CIFAR10(images, split, valid_fraction=0.2, partial=True) for split in ("train", "valid")
    )
    assert (len(train), len(valid)) == (80, 20)
    assert np.bincount(valid.labels).tolist() == [2] * 10
    seen = [{int(data[i][0][0, 0, 0, 0]) for i in range(len(data))} for data in (train, valid)]
    assert not seen[0] & seen[1]
    assert seen[0] | seen[1] == set(range(100))
    for data in (train, valid):
        assert all(int(data[i][0][0, 0, 0, 0]) % 10 == data[i][1] for i in range(len(data)))
    other = CIFAR10(images, "valid", valid_fraction=0.2, seed=1, partial=True)
    assert {int(other.image(i)[0, 0, 0]) for i in range(20)} != seen[1]


def test_of_two_labels_the_fine_one_counts(images: Path) -> None:
    data = CIFAR100(images, "test", partial=True)
    assert data.labels.tolist() == list(range(100))
    assert (data[42][0] == 42).all()
    assert data.classes[42] == "class 42"


def test_batches_and_processes(images: Path) -> None:
    data = CIFAR10(images, "test", n_steps=4, partial=True)
    x, labels, lengths = collate([data[i] for i in range(3)])
    assert (x.shape, lengths.tolist()) == ((4, 3, 3, 32, 32), [4, 4, 4])
    assert labels.tolist() == [0, 1, 2]
    packed = pickle.dumps(data)
    assert len(packed) < 10_000
    assert torch.equal(pickle.loads(packed)[5][0], data[5][0])
    with pytest.raises(IndexError):
        data[20]


def test_published_counts_are_asked_for(images: Path) -> None:
    for kind in (CIFAR10, CIFAR100):
        with pytest.raises(DataError, match="holds 100 samples, published are 50,000"):
            kind(images, "valid")


def test_files_cut_off_or_missing_are_told(images: Path) -> None:
    path = images / "cifar-10-batches-bin" / "data_batch_3.bin"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match=r"data_batch_3\.bin has 61,459 bytes.*records of 3073"):
        CIFAR10(images, partial=True)
    path.write_bytes(b"")
    with pytest.raises(DataError, match="0 bytes"):
        CIFAR10(images, partial=True)
    path.unlink()
    with pytest.raises(DataError, match=r"data_batch_3\.bin cannot be read"):
        CIFAR10(images, partial=True)


def test_labels_of_another_set_are_told(images: Path, write_images: Callable[..., None]) -> None:
    write_images(images / "cifar-10-batches-bin" / "test_batch.bin", [[3], [10]])
    with pytest.raises(DataError, match="record 1: label 10, allowed are 0 to 9"):
        CIFAR10(images, "test", partial=True)


def test_the_python_version_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "cifar-10-batches-py").mkdir()
    with pytest.raises(DataError, match=r"cifar-10-binary\.tar\.gz; the Python version"):
        CIFAR10(tmp_path)


def test_names_of_classes_must_be_there(images: Path) -> None:
    names = images / "cifar-10-batches-bin" / "batches.meta.txt"
    names.write_text("cat\ndog\n")
    with pytest.raises(DataError, match="names 2 classes, expected are 10"):
        CIFAR10(images, partial=True)
    names.unlink()
    with pytest.raises(DataError, match="the names of the classes, cannot be read"):
        CIFAR10(images, partial=True)
    with pytest.raises(DataError, match="n_steps is 0"):
        CIFAR10(images, n_steps=0)
