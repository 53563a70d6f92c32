"""N-MNIST: handwritten digits before an event camera that makes three saccades."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from polychrony.datasets.cache import files_digest
from polychrony.datasets.dataset import EventDataset, check_count, check_split
from polychrony.datasets.errors import DataError
from polychrony.datasets.events import Events, SensorSize
from polychrony.datasets.formats import read_events


class NMNIST(EventDataset):
    """Recordings in folders `Train/<class>/*.bin` and `Test/<class>/*.bin`.

    Args:
        root: folder that holds `Train` and `Test`, or the folder above `NMNIST`.
        split: "train" (60,000) or "test" (10,000).
        partial: take fewer recordings than were published.

    Attributes:
        paths: file of each recording.

    Raises:
        DataError: the split is unknown, or its folder does not hold all recordings.

    Reference:
        Orchard et al. 2015, Converting static image datasets to spiking neuromorphic datasets
        using saccades, doi:10.3389/fnins.2015.00437.
    """

    folders: ClassVar[dict[str, str]] = {"train": "Train", "test": "Test"}
    published: ClassVar[dict[str, int]] = {"train": 60_000, "test": 10_000}
    sensor_size = SensorSize(34, 34, 2)
    classes = tuple("0123456789")

    def __init__(self, root: str | Path, split: str = "train", *, partial: bool = False) -> None:
        check_split(split, tuple(self.folders))
        self.split = split
        folder = Path(root).expanduser() / self.folders[split]
        if not folder.is_dir():
            folder = Path(root).expanduser() / "NMNIST" / self.folders[split]
        self.paths = tuple(sorted(folder.glob("[0-9]/*.bin")))
        if not self.paths:
            raise DataError(f"there are no recordings <class>/*.bin in {folder}")
        check_count(str(folder), len(self.paths), self.published[split], partial=partial)
        self.labels = np.array([int(path.parent.name) for path in self.paths], dtype=np.int64)

    def read(self, index: int) -> Events:
        """Reads recording `index`, 0 <= index < len(self)."""
        events, size = read_events(self.paths[index])
        if size != self.sensor_size:
            raise DataError(f"{self.paths[index]} reaches beyond {tuple(self.sensor_size)}")
        return events

    def identity(self) -> dict[str, Any]:
        """Set, part and a digest of all files' names, sizes and times of change."""
        return {"name": "NMNIST", "split": self.split, "files": files_digest(self.paths)}
