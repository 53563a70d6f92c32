"""Ev-Objects and Ev-Containers: things felt by the event-based skin NeuTouch."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from polychrony.datasets.cache import files_digest
from polychrony.datasets.dataset import EventDataset, check_count, check_split
from polychrony.datasets.errors import DataError
from polychrony.datasets.events import Events, SensorSize

TAXELS = 39
STEP = 0.02  # s; the files count steps and do not say how long one is


class Touched(NamedTuple):
    """What was published of one of the two sets.

    Args:
        n_classes: classes.
        n_steps: steps of every sample.
        train: samples that train.
        test: samples that test.
    """

    n_classes: int
    n_steps: int
    train: int
    test: int


class NeuTouch(EventDataset):
    """Grasps as spikes of 39 taxels with two polarities, `sample_<i>_label_<class>.npy`.

    A file holds 0 or 1 for each taxel, polarity and step, [39, 2, T]. The skin is no grid: x is the
    number of the taxel, and a frame is [2, 1, 39].

    Args:
        root: folder of `train` and `test`, called `Ev-Objects` or `Ev-Containers`, or the folder
            above it, which then means `Ev-Objects`.
        split: "train" or "test".
        step: length of a step, s. The files do not tell it; 20 ms makes of the 325 steps of
            Ev-Containers 6.5 s.
        partial: take fewer samples than were published.

    Attributes:
        paths: file of each sample.
        step: as given.
        n_steps: steps of every sample: 250, Ev-Containers 325.

    Raises:
        DataError: the split is unknown, or its folder does not hold all samples.

    Reference:
        Gu et al., IROS 2020, TactileSGNet, arXiv:2008.08046.
    """

    published: ClassVar[dict[str, Touched]] = {
        "Ev-Objects": Touched(36, 250, 576, 144),
        "Ev-Containers": Touched(20, 325, 240, 60),
    }
    sensor_size = SensorSize(TAXELS, 1, 2)

    def __init__(
        self,
        root: str | Path,
        split: str = "train",
        *,
        step: float = STEP,
        partial: bool = False,
    ) -> None:
        check_split(split, ("train", "test"))
        if not (np.isfinite(step) and step > 0):
            raise DataError(f"step is {step}: it must be a positive number of seconds")
        self.split, self.step = split, float(step)
        folder = self._find(Path(root).expanduser())
        self.name, touched = folder.name, self.published[folder.name]
        self.n_steps = touched.n_steps
        self.classes = tuple(str(label) for label in range(touched.n_classes))
        files = sorted((_number(path), path) for path in (folder / split).glob("*.npy"))
        found = touched.train if split == "train" else touched.test
        check_count(str(folder / split), len(files), found, partial=partial)
        self.paths = tuple(path for _, path in files)
        self.labels = np.array([label for (_, label), _ in files], dtype=np.int64)
        if self.labels.max() >= touched.n_classes:
            raise DataError(
                f"{folder / split} has label {self.labels.max()}, allowed are 0 to "
                f"{touched.n_classes - 1}"
            )

    def read(self, index: int) -> Events:
        """Reads sample `index`, 0 <= index < len(self); a spike lies at the start of its step."""
        taxel, polarity, step = np.nonzero(self._load(self.paths[index]))
        return Events.sorted(step * self.step, taxel, p=polarity)

    def identity(self) -> dict[str, Any]:
        """Set, part, step and a digest of all files' names, sizes and times of change."""
        return {
            "name": self.name,
            "split": self.split,
            "step": self.step,
            "files": files_digest(self.paths),
        }

    def _find(self, root: Path) -> Path:
        for folder in (root, root / "Ev-Objects"):
            if folder.name in self.published and (folder / self.split).is_dir():
                return folder
        raise DataError(
            f"{self.split} is neither in {root} nor in {root / 'Ev-Objects'}: name the folder "
            "Ev-Objects or Ev-Containers of the unpacked set"
        )

    def _load(self, path: Path) -> NDArray[Any]:
        try:
            # Mapped: a damaged header cannot ask for more memory than the file has bytes.
            spikes: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise DataError(f"{path} is no array or damaged: {error}") from error
        expected = (TAXELS, 2, self.n_steps)
        if spikes.shape != expected or spikes.dtype.kind not in "fiub":
            raise DataError(
                f"{path} holds {spikes.dtype} {spikes.shape}, expected are numbers {expected}"
            )
        if not np.isin(spikes, (0, 1)).all():
            raise DataError(f"{path} holds other values than 0 and 1")
        return spikes


def _number(path: Path) -> tuple[int, int]:
    """Number and label of a sample, by the name of its file."""
    found = re.fullmatch(r"sample_(\d{1,9})_label_(\d{1,9})\.npy", path.name)
    if not found:
        raise DataError(f"{path} is not called sample_<number>_label_<class>.npy")
    return int(found[1]), int(found[2])
