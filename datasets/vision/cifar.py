"""CIFAR-10 and CIFAR-100 in their binary versions, as input that stays the same in every step."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from polychrony.datasets.dataset import check_count, check_split, position
from polychrony.datasets.errors import DataError
from polychrony.datasets.selection import held_out_rows
from polychrony.datasets.vision.places import find_folder

SHAPE = (3, 32, 32)
PIXELS = 3 * 32 * 32
CIFAR10_CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)


class ImageDataset(Dataset[tuple[Tensor, int]]):
    """Images as frames: `dataset[i]` is `(uint8 tensor [T, C, H, W], label)`, all T the same.

    Direct coding: the image, later normalised, is the input current of every step. The T frames
    share the memory of one. Files are mapped, opened on first use in each process, and hold records
    of some label bytes and one image, red, green and blue in turn, each row by row. The published
    Python version is not read: unpickling runs whatever code a file brings.

    Args:
        root: folder of the files, or the folder above the one in the published archive.
        split: "train", "valid" or "test"; the first two share the training files.
        n_steps: frames T.
        valid_fraction: part of each class of the training files held out for validation.
        seed: seed of that choice.
        partial: take fewer images than were published.

    Attributes:
        step_shape: C, H and W.
        n_channels: C H W.
        classes: name of each class.
        labels: label of each image, int64 [n].
        split: part of the data.
        n_steps: as given.

    Raises:
        DataError: a file is missing, cut off or damaged, or an option makes no sense.
    """

    folder: ClassVar[str]
    archive: ClassVar[str]
    files: ClassVar[dict[str, tuple[str, ...]]]
    names: ClassVar[str]
    n_classes: ClassVar[int]
    label_bytes: ClassVar[int]
    published: ClassVar[dict[str, int]] = {"train": 50_000, "valid": 50_000, "test": 10_000}
    step_shape = SHAPE
    n_channels = PIXELS

    def __init__(
        self,
        root: str | Path,
        split: str = "train",
        *,
        n_steps: int = 1,
        valid_fraction: float = 0.1,
        seed: int = 0,
        partial: bool = False,
    ) -> None:
        check_split(split, tuple(self.files))
        if n_steps < 1:
            raise DataError(f"n_steps is {n_steps}: it must be at least 1")
        self.split, self.n_steps = split, n_steps
        hint = f"of {self.archive}; the Python version is not read, as it can run any code"
        folder = find_folder(root, self.folder, self.files[split][0], hint)
        self.paths = tuple(folder / name for name in self.files[split])
        self.classes = self._class_names(folder / self.names)
        labels = np.concatenate([self._labels(path) for path in self.paths])
        check_count(str(folder), len(labels), self.published[split], partial=partial)
        self._rows = np.arange(len(labels))
        if split != "test":
            self._rows = held_out_rows(labels, split, fraction=valid_fraction, seed=seed)
        self.labels = labels[self._rows]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Frames of each image, int64 [n]."""
        return np.full(len(self), self.n_steps)

    def image(self, index: int) -> Tensor:
        """Image `index`, 0 <= index < len(self), uint8 [C, H, W]."""
        row = int(self._rows[index])
        for records in self._records():
            if row < len(records):
                return torch.from_numpy(np.array(records[row, self.label_bytes :]).reshape(SHAPE))
            row -= len(records)
        raise IndexError(f"image {index} of a data set of {len(self)}")

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        index = position(index, len(self))
        frames = self.image(index).expand(self.n_steps, *SHAPE)
        return frames, int(self.labels[index])

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "_maps"}

    def _records(self) -> list[NDArray[np.uint8]]:
        if "_maps" not in self.__dict__:
            self._maps = [self._map(path) for path in self.paths]
        return self._maps

    def _map(self, path: Path) -> NDArray[np.uint8]:
        """Records of a file, uint8 [n, label_bytes + 3072]."""
        record = self.label_bytes + PIXELS
        try:
            size = path.stat().st_size
            if not size or size % record:
                raise DataError(
                    f"{path} has {size:,} bytes, which are no whole records of {record}: it is cut "
                    "off or damaged, unpack the set again"
                )
            return np.memmap(path, np.uint8, mode="r").reshape(-1, record)
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror}") from error

    def _labels(self, path: Path) -> NDArray[np.int64]:
        # Of the two labels in CIFAR-100 the last is the fine one.
        labels = self._map(path)[:, self.label_bytes - 1].astype(np.int64)
        if labels.max() >= self.n_classes:
            record = int(np.argmax(labels >= self.n_classes))
            raise DataError(
                f"{path} record {record}: label {labels[record]}, allowed are 0 to "
                f"{self.n_classes - 1}; the file is damaged or of another set"
            )
        return labels

    def _class_names(self, path: Path) -> tuple[str, ...]:
        try:
            with path.open(encoding="utf-8") as file:
                text = file.read(100_000)
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{path}, the names of the classes, cannot be read: {error}") from error
        names = tuple(line.strip() for line in text.splitlines() if line.strip())
        if len(names) != self.n_classes:
            raise DataError(f"{path} names {len(names)} classes, expected are {self.n_classes}")
        return names


class CIFAR10(ImageDataset):
    """CIFAR-10: 50,000 training and 10,000 test images of ten classes, 32 x 32 pixels.

    See `ImageDataset` for arguments and attributes.

    Reference:
        Krizhevsky 2009, Learning multiple layers of features from tiny images.
    """

    folder = "cifar-10-batches-bin"
    archive = "cifar-10-binary.tar.gz"
    files: ClassVar[dict[str, tuple[str, ...]]] = {
        "train": tuple(f"data_batch_{k}.bin" for k in range(1, 6)),
        "valid": tuple(f"data_batch_{k}.bin" for k in range(1, 6)),
        "test": ("test_batch.bin",),
    }
    names = "batches.meta.txt"
    n_classes = 10
    label_bytes = 1


class CIFAR100(ImageDataset):
    """CIFAR-100: 50,000 training and 10,000 test images of 100 (fine) classes, 32 x 32 pixels.

    See `ImageDataset` for arguments and attributes.

    Reference:
        Krizhevsky 2009, as CIFAR-10.
    """

    folder = "cifar-100-binary"
    archive = "cifar-100-binary.tar.gz"
    files: ClassVar[dict[str, tuple[str, ...]]] = {
        "train": ("train.bin",),
        "valid": ("train.bin",),
        "test": ("test.bin",),
    }
    names = "fine_label_names.txt"
    n_classes = 100
    label_bytes = 2
