"""N-MNIST: handwritten digits before an event camera that makes three saccades."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from polychrony.datasets.dataset import EventDataset, check_split
from polychrony.datasets.errors import DataError
from polychrony.datasets.events import Events, SensorSize
from polychrony.datasets.formats import read_events


class NMNIST(EventDataset):
    """Recordings in folders `Train/<class>/*.bin` and `Test/<class>/*.bin`.

    Args:
        root: folder that holds `Train` and `Test`.
        split: "train" or "test".

    Attributes:
        paths: file of each recording.

    Raises:
        DataError: the split is unknown or its folder holds no recordings.

    Reference:
        Orchard et al. 2015, Converting static image datasets to spiking neuromorphic datasets
        using saccades, doi:10.3389/fnins.2015.00437.
    """

    folders: ClassVar[dict[str, str]] = {"train": "Train", "test": "Test"}
    sensor_size = SensorSize(34, 34, 2)
    classes = tuple("0123456789")

    def __init__(self, root: str | Path, split: str = "train") -> None:
        check_split(split, tuple(self.folders))
        self.split = split
        folder = Path(root).expanduser() / self.folders[split]
        self.paths = tuple(sorted(folder.glob("[0-9]/*.bin")))
        if not self.paths:
            raise DataError(f"there are no recordings <class>/*.bin in {folder}")
        self.labels = np.array([int(path.parent.name) for path in self.paths], dtype=np.int64)

    def read(self, index: int) -> Events:
        """Reads recording `index`, 0 <= index < len(self)."""
        events, size = read_events(self.paths[index])
        if size != self.sensor_size:
            raise DataError(f"{self.paths[index]} reaches beyond {tuple(self.sensor_size)}")
        return events

    def identity(self) -> dict[str, Any]:
        """Set, part and a digest of all files' names, sizes and times of change."""
        digest = hashlib.sha256()
        for path in self.paths:
            stat = path.stat()
            name = f"{path.parent.name}/{path.name}"
            digest.update(f"{name}:{stat.st_size}:{stat.st_mtime_ns}\n".encode())
        return {"name": "NMNIST", "split": self.split, "files": digest.hexdigest()}
