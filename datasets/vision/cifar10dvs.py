"""CIFAR10-DVS: images that move on a monitor before an event camera."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from polychrony.datasets.aedat import read_aedat2
from polychrony.datasets.cache import files_digest
from polychrony.datasets.dataset import EventDataset, check_count, check_split
from polychrony.datasets.errors import DataError
from polychrony.datasets.events import Events, SensorSize
from polychrony.datasets.vision.cifar import CIFAR10_CLASSES
from polychrony.datasets.vision.places import find_folder

PER_CLASS = 1000
TRAIN_PART = 0.9
EDGE = 127  # the last of the 128 rows and columns of a DVS128
MICROSECOND = 1e-6


class CIFAR10DVS(EventDataset):
    """Recordings in folders `<class>/*.aedat`, AEDAT 2.0 of a DVS128 camera, 1,000 of each class.

    The set has no published split. As usual, the first 900 of each class train and the last 100
    test, in the order of their names as text (`..._10` before `..._2`). Time counts from the first
    event. The camera's axes are turned so that images stand upright, as in SpikingJelly:

        x = 127 - address[8:15],  y = 127 - address[1:8],  p = 1 - address[0]

    Args:
        root: folder of the ten folders, or the folder above `CIFAR10DVS`.
        split: "train" (9,000) or "test" (1,000).
        partial: take fewer recordings than were published; nine tenths of each class train.

    Attributes:
        paths: file of each recording.

    Raises:
        DataError: the split is unknown, or a folder does not hold all recordings.

    Reference:
        Li et al. 2017, CIFAR10-DVS: an event-stream dataset for object classification,
        doi:10.3389/fnins.2017.00309.
    """

    splits: ClassVar[tuple[str, ...]] = ("train", "test")
    sensor_size = SensorSize(128, 128, 2)
    classes = CIFAR10_CLASSES

    def __init__(self, root: str | Path, split: str = "train", *, partial: bool = False) -> None:
        check_split(split, self.splits)
        self.split = split
        folder = find_folder(root, "CIFAR10DVS", self.classes[0])
        paths: list[Path] = []
        labels: list[int] = []
        for label, name in enumerate(self.classes):
            files = sorted((folder / name).glob("*.aedat"))
            check_count(str(folder / name), len(files), PER_CLASS, partial=partial)
            cut = int(len(files) * TRAIN_PART)
            part = files[:cut] if split == "train" else files[cut:]
            paths += part
            labels += [label] * len(part)
        self.paths = tuple(paths)
        self.labels = np.array(labels, dtype=np.int64)

    def read(self, index: int) -> Events:
        """Reads recording `index`, 0 <= index < len(self)."""
        path = self.paths[index]
        raw = read_aedat2(path)
        if not len(raw.t):
            raise DataError(f"{path} holds no events: unpack the set again")
        return Events.sorted(
            (raw.t - raw.t.min()) * MICROSECOND,
            EDGE - (raw.address >> 8 & EDGE).astype(np.int32),
            EDGE - (raw.address >> 1 & EDGE).astype(np.int32),
            1 - (raw.address & 1).astype(np.int8),
        )

    def identity(self) -> dict[str, Any]:
        """Set, part and a digest of all files' names, sizes and times of change."""
        return {"name": "CIFAR10DVS", "split": self.split, "files": files_digest(self.paths)}
