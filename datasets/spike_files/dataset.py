"""A file of spikes as a data set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from polychrony.datasets.cache import file_identity
from polychrony.datasets.dataset import EventDataset
from polychrony.datasets.errors import DataError
from polychrony.datasets.events import Events, SensorSize
from polychrony.datasets.hdf5 import open_hdf5, stored_float
from polychrony.datasets.spike_files.check import checked
from polychrony.datasets.spike_files.hdf5 import check_layout, read_labels, read_row
from polychrony.datasets.spike_files.text import read_text

HDF5 = (".h5", ".hdf5")
TEXT = (".csv", ".txt")


class SpikeFile(EventDataset):
    """Recordings of a user's own, for a network of known size.

    | suffix      | content                                                                    |
    |-------------|----------------------------------------------------------------------------|
    | .h5, .hdf5  | `spikes/times` (s) and `spikes/units`, one array of variable length for    |
    |             | each recording, as in the SHD files; `labels` if known                     |
    | .csv, .txt  | one recording, `time_s,neuron` on each line                                |

    Spikes of a recording ascend in time. They are read when they are asked for, and checked then.

    Args:
        path: the file.
        n_channels: channels N; a spike's channel lies in 0 to N - 1.
        n_classes: classes; a label lies in 0 to n_classes - 1.
        samples: recordings to take, from the first; 0 for all.

    Attributes:
        path: the file.
        has_labels: whether the file holds labels; without them `labels` is -1 everywhere.

    Raises:
        DataError: the file is missing, damaged, or of another format or layout; a label is outside
            the classes; or, on reading, a spike is outside the channels or out of order.
    """

    split = "file"
    _handles = ("_file",)

    def __init__(
        self, path: str | Path, n_channels: int, n_classes: int, *, samples: int = 0
    ) -> None:
        self.path = Path(path).expanduser()
        self.sensor_size = SensorSize(n_channels)
        self.classes = tuple(str(label) for label in range(n_classes))
        if not self.path.is_file():
            raise DataError(f"there is no spike file {self.path}")
        suffix = self.path.suffix.lower()
        if suffix in TEXT:
            self._read_text()
        elif suffix in HDF5:
            self._read_tables(n_classes, samples)
        else:
            raise DataError(f"{self.path}: spike files end in {', '.join(HDF5 + TEXT)}; rename it")

    def read(self, index: int) -> Events:
        """Reads recording `index`, 0 <= index < len(self)."""
        if self._events is not None:
            return self._events
        if "_file" not in self.__dict__:
            self._file = open_hdf5(self.path)
        times, units = read_row(self.path, self._file, index)

        def where(spike: int) -> str:
            return f"{self.path} recording {index}, spike {spike}"

        return checked(times, units, self.sensor_size.width, where)

    def identity(self) -> dict[str, Any]:
        """File and number of recordings."""
        return {
            "name": type(self).__name__,
            "file": file_identity(self.path),
            "recordings": len(self),
        }

    def _read_text(self) -> None:
        spikes = read_text(self.path)

        def where(spike: int) -> str:
            return f"{self.path} line {spikes.lines[spike]}"

        self._events: Events | None = checked(
            spikes.times, spikes.units, self.sensor_size.width, where
        )
        self.has_labels, self.labels = False, np.full(1, -1)

    def _read_tables(self, n_classes: int, samples: int) -> None:
        self._events = None
        file: h5py.File = open_hdf5(self.path)
        with file:
            self.has_labels = check_layout(self.path, file)
            self.time_dtype = stored_float(file["spikes/times"])
            declared = len(file["spikes/times"])
            count = min(samples or declared, declared)
            if self.has_labels:
                self.labels = read_labels(self.path, file, count, n_classes)
            else:
                self.labels = np.full(count, -1)
