"""The Heidelberg spiking data sets: spoken digits (SHD) and speech commands (SSC)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import h5py
import numpy as np
from numpy.typing import NDArray

from polychrony.datasets.cache import file_identity
from polychrony.datasets.dataset import EventDataset, check_split
from polychrony.datasets.errors import DataError
from polychrony.datasets.events import Events, SensorSize, check_events
from polychrony.datasets.hdf5 import check_columns, open_hdf5, stored_float
from polychrony.datasets.splits import hold_out_speakers

N_UNITS = 700  # hair-cell channels of the cochlea model
ROWS_AT_ONCE = 512  # variable-length rows are slow to read one by one
VALID_SPEAKERS = (3, 7)  # 18 % of the SHD training file, both languages about equal


class HeidelbergDataset(EventDataset):
    """One HDF5 file in the layout both sets are published in.

    `spikes/times` (s) and `spikes/units` hold one variable-length row per recording; `labels` an
    index into `extra/keys`, the names of the classes; `extra/speaker` who spoke. Times are stored
    as float16 and widened before any arithmetic.

    Args:
        root: folder of the file, or the folder above the one named after the data set.
        split: part of the data.
        download: fetch the file if it is missing (needs the extra `events`).

    Attributes:
        path: the file.
        speakers: speaker of each recording, int64 [n]; empty if the file names none.

    Raises:
        DataError: the split or the file is not what it should be; see the message.
    """

    files: ClassVar[dict[str, str]]
    speakers: NDArray[np.int64]
    sensor_size = SensorSize(N_UNITS)
    _handles = ("_file",)

    def __init__(self, root: str | Path, split: str = "train", *, download: bool = False) -> None:
        check_split(split, tuple(self.files))
        self.split = split
        self.path = self._locate(Path(root).expanduser(), download)
        file = open_hdf5(self.path)
        try:
            self._read_tables(file)
            self._rows = self._select_rows()
        finally:
            file.close()
        self.labels = self.labels[self._rows]
        self.speakers = self.speakers[self._rows] if len(self.speakers) else self.speakers

    def read(self, index: int) -> Events:
        """Reads recording `index`, 0 <= index < len(self)."""
        row = int(self._rows[index])
        return self._events(row, self._spikes["times"][row], self._spikes["units"][row])

    def read_all(self) -> Iterator[Events]:
        """Reads the recordings in order, many rows of the file at a time."""
        for start in range(0, int(self._rows.max(initial=-1)) + 1, ROWS_AT_ONCE):
            stop = start + ROWS_AT_ONCE
            wanted = self._rows[(self._rows >= start) & (self._rows < stop)]
            if len(wanted):
                times = self._spikes["times"][start:stop]
                units = self._spikes["units"][start:stop]
                for row in wanted:
                    yield self._events(int(row), times[row - start], units[row - start])

    def identity(self) -> dict[str, Any]:
        """Set, part and file."""
        return {
            "name": type(self).__name__,
            "split": self.split,
            "file": file_identity(self.path),
        }

    def _select_rows(self) -> NDArray[np.int64]:
        return np.arange(len(self.labels))

    def _locate(self, root: Path, download: bool) -> Path:
        name = self.files[self.split]
        places = (root / name, root / type(self).__name__ / name)
        for path in places:
            if path.is_file():
                return path
        if download:
            self._download(root)
            return self._locate(root, download=False)
        raise DataError(
            f"{name} is neither in {root} nor in {places[1].parent}: "
            "put the file there, name its folder, or pass download=True"
        )

    def _download(self, root: Path) -> None:
        try:
            from tonic import datasets
        except ImportError as error:
            raise DataError(
                f"downloading {type(self).__name__} needs tonic: pip install 'polychrony[events]'"
            ) from error
        try:
            getattr(datasets, type(self).__name__)(save_to=str(root), **self._tonic_part())
        except Exception as error:  # whatever the network and the archive may raise
            raise DataError(
                f"downloading {self.files[self.split]} to {root} failed: {error}"
            ) from error

    def _tonic_part(self) -> dict[str, Any]:
        return {"split": self.split}

    @property
    def _spikes(self) -> h5py.Group:
        if "_file" not in self.__dict__:
            self._file = open_hdf5(self.path)
        return self._file["spikes"]

    def _read_tables(self, file: h5py.File) -> None:
        needed = ("spikes/times", "spikes/units", "labels", "extra/keys")
        if missing := [name for name in needed if name not in file]:
            raise DataError(
                f"{self.path} lacks {', '.join(missing)}: not in the layout of SHD and SSC"
            )
        self.labels = file["labels"][:].astype(np.int64)
        self.classes = tuple(_text(key) for key in file["extra/keys"][:])
        has_speakers = "extra/speaker" in file
        speakers = file["extra/speaker"][:] if has_speakers else np.zeros(0)
        self.speakers = speakers.astype(np.int64)
        columns = ["spikes/times", "spikes/units", "labels"]
        check_columns(self.path, file, columns + ["extra/speaker"] * has_speakers)
        if len(self.labels) and not 0 <= self.labels.min() <= self.labels.max() < len(self.classes):
            raise DataError(
                f"{self.path} has labels {self.labels.min()} to {self.labels.max()}, "
                f"but names {len(self.classes)} classes"
            )
        self.time_dtype = stored_float(file["spikes/times"])

    def _events(self, row: int, times: NDArray[Any], units: NDArray[Any]) -> Events:
        try:
            events = Events.sorted(times.astype(np.float64), units)
            check_events(events, self.sensor_size)
        except DataError as error:
            raise DataError(f"recording {row} of {self.path}: {error}") from error
        return events


class SHD(HeidelbergDataset):
    """Spiking Heidelberg Digits: spoken digits in English and German, 20 classes, 700 channels.

    The published files have no validation part. Here "valid" is all recordings of whole speakers
    of the training file, and "train" is the rest of it: the test file is for testing only.

    Args:
        root: folder of `shd_train.h5` and `shd_test.h5`, or the folder above `SHD/`.
        split: "train", "valid" or "test".
        valid_speakers: speakers of the training file held out for validation; () holds out nobody.
        download: fetch the file if it is missing (needs the extra `events`).

    Raises:
        DataError: the split, a speaker or the file is not what it should be; see the message.

    Reference:
        Cramer et al. 2020, The Heidelberg spiking data sets for the systematic evaluation of
        spiking neural networks, doi:10.1109/TNNLS.2020.3044364.
    """

    files: ClassVar[dict[str, str]] = {
        "train": "shd_train.h5",
        "valid": "shd_train.h5",
        "test": "shd_test.h5",
    }

    def __init__(
        self,
        root: str | Path,
        split: str = "train",
        *,
        valid_speakers: Sequence[int] = VALID_SPEAKERS,
        download: bool = False,
    ) -> None:
        self.valid_speakers = tuple(sorted({int(s) for s in valid_speakers}))
        super().__init__(root, split, download=download)

    def identity(self) -> dict[str, Any]:
        """Set, part, file and the speakers held out."""
        held_out = [] if self.split == "test" else list(self.valid_speakers)
        return {**super().identity(), "valid_speakers": held_out}

    def _tonic_part(self) -> dict[str, Any]:
        return {"train": self.split != "test"}

    def _select_rows(self) -> NDArray[np.int64]:
        if self.split == "test":
            return super()._select_rows()
        if not len(self.speakers):
            raise DataError(f"{self.path} lacks extra/speaker: no speaker can be held out")
        try:
            train, valid = hold_out_speakers(self.speakers, self.valid_speakers)
        except DataError as error:
            raise DataError(f"valid_speakers of {self.path}: {error}") from error
        return train if self.split == "train" else valid


class SSC(HeidelbergDataset):
    """Spiking Speech Commands: 35 spoken words, 700 channels, with its own validation file.

    Args:
        root: folder of `ssc_train.h5`, `ssc_valid.h5` and `ssc_test.h5`, or the one above `SSC/`.
        split: "train", "valid" or "test".
        download: fetch the file if it is missing (needs the extra `events`).

    Raises:
        DataError: the split or the file is not what it should be; see the message.

    Reference:
        Cramer et al. 2020, as SHD; from the recordings of Warden 2018, arXiv:1804.03209.
    """

    files: ClassVar[dict[str, str]] = {
        "train": "ssc_train.h5",
        "valid": "ssc_valid.h5",
        "test": "ssc_test.h5",
    }


def _text(key: bytes | str) -> str:
    return key.decode() if isinstance(key, bytes) else str(key)
