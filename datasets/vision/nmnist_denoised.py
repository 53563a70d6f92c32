"""Eight thousand denoised N-MNIST recordings in one file."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from polychrony.datasets.arrays import ArrayFolder
from polychrony.datasets.cache import build_once, file_identity
from polychrony.datasets.dataset import EventDataset, check_split
from polychrony.datasets.errors import DataError
from polychrony.datasets.events import Events, SensorSize
from polychrony.datasets.splits import stratified_split

MILLISECOND = 1e-3
BROKEN = (OSError, ValueError, KeyError, EOFError, MemoryError, zipfile.BadZipFile)
MOST_BYTES = 1 << 30  # of one array; the published ones have 62 MB


class DenoisedNMNIST(EventDataset):
    """`nmnist_train_8x1000.npz`: classes 0 to 7 of N-MNIST's training half, in steps of 1 ms.

    Arrays `t_ms` and `addr` (p 1156 + y 34 + x) hold the events of all recordings one after
    another, `n_events` how many are of each, `label` its class. The file has no split: a tenth of
    each class validates and a tenth tests, at random. All of it is N-MNIST's training half, so that
    results are not those of N-MNIST. The arrays are unpacked once, into the cache.

    Args:
        root: folder of the file.
        split: "train" (6,400), "valid" (800) or "test" (800).
        seed: seed of the split.
        cache_dir: folder of the cache; $POLYCHRONY_CACHE or the user's cache folder if None.

    Raises:
        DataError: the split is unknown, or the file is missing or damaged.

    Reference:
        Orchard et al. 2015, as `NMNIST`.
    """

    file: ClassVar[str] = "nmnist_train_8x1000.npz"
    splits: ClassVar[tuple[str, ...]] = ("train", "valid", "test")
    sensor_size = SensorSize(34, 34, 2)
    classes = tuple("01234567")

    def __init__(
        self,
        root: str | Path,
        split: str = "train",
        *,
        seed: int = 0,
        cache_dir: str | Path | None = None,
    ) -> None:
        check_split(split, self.splits)
        self.split, self.seed = split, int(seed)
        self.path = Path(root).expanduser() / self.file
        if not self.path.is_file():
            raise DataError(f"there is no {self.file} in {root}")
        parameters = {"kind": "nmnist-8x1000", "file": file_identity(self.path)}
        self._arrays = ArrayFolder(build_once(parameters, self._unpack, folder=cache_dir))
        labels = self._arrays["label"]
        tenth = len(labels) // 10
        parts = stratified_split(labels, (len(labels) - 2 * tenth, tenth, tenth), seed=self.seed)
        self._rows = parts[self.splits.index(split)]
        self.labels = np.asarray(labels)[self._rows].astype(np.int64)

    def read(self, index: int) -> Events:
        """Reads recording `index`, 0 <= index < len(self)."""
        span = self._arrays.span(int(self._rows[index]))
        address = np.asarray(self._arrays["addr"][span])
        row, x = np.divmod(address, self.sensor_size.width)
        p, y = np.divmod(row, self.sensor_size.height)
        return Events.sorted(self._arrays["t_ms"][span] * MILLISECOND, x, y, p)

    def identity(self) -> dict[str, Any]:
        """File, part and seed of the split."""
        return {
            "name": "nmnist-8x1000",
            "file": file_identity(self.path),
            "split": self.split,
            "seed": self.seed,
        }

    def _unpack(self, folder: Path) -> None:
        try:
            arrays = self._load()
        except BROKEN as error:
            raise DataError(f"{self.path} is damaged: {error}") from error
        offsets = np.concatenate([[0], np.cumsum(arrays["n_events"], dtype=np.int64)])
        events = {len(arrays["t_ms"]), len(arrays["addr"]), int(offsets[-1])}
        if len(events) > 1 or len(arrays["label"]) != len(offsets) - 1 or len(offsets) < 2:
            raise DataError(f"{self.path} is damaged: its arrays do not belong together")
        if arrays["n_events"].min() < 0 or arrays["label"].max() >= len(self.classes):
            raise DataError(f"{self.path} is damaged: counts or labels are outside their range")
        np.save(folder / "offsets.npy", offsets)
        for name in ("t_ms", "addr", "label"):
            np.save(folder / f"{name}.npy", arrays[name])

    def _load(self) -> dict[str, Any]:
        names = ("t_ms", "addr", "n_events", "label")
        with zipfile.ZipFile(self.path) as archive:
            if large := [n for n in names if archive.getinfo(f"{n}.npy").file_size > MOST_BYTES]:
                raise ValueError(f"{large[0]} says that it has more than {MOST_BYTES:,} bytes")
        with np.load(self.path, allow_pickle=False) as content:
            arrays = {name: content[name] for name in names}
        for name, array in arrays.items():
            if array.ndim != 1 or array.dtype.kind not in "iu":
                raise ValueError(f"{name} is {array.dtype} {array.shape}, not a row of integers")
        return arrays
