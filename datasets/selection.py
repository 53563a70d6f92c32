"""Some recordings of a data set as a data set."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from polychrony.datasets.dataset import EventDataset, check_split
from polychrony.datasets.errors import DataError
from polychrony.datasets.events import Events
from polychrony.datasets.splits import Indices, stratified_split


class Selection(EventDataset):
    """Recordings `rows` of a source, in that order.

    Args:
        source: the recordings.
        rows: indices into it.
        split: name of the part.

    Raises:
        DataError: an index lies outside the source.
    """

    def __init__(self, source: EventDataset, rows: ArrayLike, split: str) -> None:
        self.source, self.split = source, split
        self.rows = np.asarray(rows, dtype=np.int64)
        if len(self.rows) and not 0 <= self.rows.min() <= self.rows.max() < len(source):
            raise DataError(
                f"rows {self.rows.min()} to {self.rows.max()} of a data set of {len(source)}"
            )
        self.sensor_size, self.classes = source.sensor_size, source.classes
        self.time_dtype, self.labels = source.time_dtype, source.labels[self.rows]

    def read(self, index: int) -> Events:
        """Reads recording `index`, 0 <= index < len(self)."""
        return self.source.read(int(self.rows[index]))

    def identity(self) -> dict[str, Any]:
        """Source, and a digest of the rows."""
        rows = hashlib.sha256(self.rows.astype("<i8").tobytes()).hexdigest()
        return {"selection": self.source.identity(), "rows": rows}

    def close(self) -> None:
        """Closes the open files of the source."""
        self.source.close()


def held_out_rows(labels: ArrayLike, split: str, *, fraction: float, seed: int) -> Indices:
    """Rows of a training set that train, or that validate.

    Every class is held out in proportion, at random; the test set is never looked at.

    Args:
        labels: label of each recording of the training set, [n].
        split: "train" or "valid".
        fraction: part held out for validation, 0 to below 1; the number is rounded.
        seed: the same seed gives the same parts.

    Returns:
        Ascending indices of the part.

    Raises:
        DataError: there is no such split, or the fraction is outside its range.
    """
    check_split(split, ("train", "valid"))
    if not 0 <= fraction < 1:
        raise DataError(f"the part held out is {fraction}: it must lie in [0, 1)")
    count = len(np.asarray(labels))
    held = round(count * fraction)
    parts = stratified_split(labels, (count - held, held), seed=seed)
    return parts[("train", "valid").index(split)]


def hold_out(source: EventDataset, split: str, *, fraction: float, seed: int) -> EventDataset:
    """Training or validation part of a training set; see `held_out_rows`."""
    rows = held_out_rows(source.labels, split, fraction=fraction, seed=seed)
    return Selection(source, rows, split)
