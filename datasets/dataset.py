"""What every data set of events offers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Dataset

from polychrony.datasets.errors import DataError
from polychrony.datasets.events import Events, SensorSize


class EventDataset(Dataset[tuple[Events, int]]):
    """Labelled recordings of events: `dataset[i]` is `(Events, label)`.

    A subclass sets the attributes, reads one recording in `read`, and names in `identity` whatever
    decides its content. Open files belong into attributes listed in `_handles`: they are opened on
    first use in each process, closed by `close`, and never pickled, so that workers that are
    spawned open their own.

    Attributes:
        sensor_size: extent of the sensor.
        classes: name of each class; a label is an index into it.
        split: part of the data, such as "train".
        labels: label of each recording, int64 [n].
        time_dtype: floating type the times were stored in before they became float64.
    """

    sensor_size: SensorSize
    classes: tuple[str, ...]
    split: str
    labels: NDArray[np.int64]
    time_dtype: np.dtype[Any] = np.dtype(np.float64)
    _handles: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def read(self, index: int) -> Events:
        """Reads recording `index`, 0 <= index < len(self)."""

    @abstractmethod
    def identity(self) -> dict[str, Any]:
        """Everything that decides the content, as values that JSON can hold; keys the cache."""

    def read_all(self) -> Iterator[Events]:
        """Reads the recordings in order; a subclass may do so faster than one by one."""
        for index in range(len(self)):
            yield self.read(index)

    def close(self) -> None:
        """Closes open files; the next read opens them again."""
        for name in self._handles:
            handle = self.__dict__.pop(name, None)
            if handle is not None:
                handle.close()

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Events, int]:
        index = position(index, len(self))
        return self.read(index), int(self.labels[index])

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k not in self._handles}


def position(index: int, length: int) -> int:
    """Index counted from the front; negative ones count from the end, as in a list.

    Raises:
        IndexError: there is no such item.
    """
    if not -length <= index < length:
        raise IndexError(f"item {index} of a data set of {length}")
    return int(index) % length


def check_split(split: str, allowed: tuple[str, ...]) -> None:
    """Refuses a split that does not exist.

    Raises:
        DataError: it is none of those allowed.
    """
    if split not in allowed:
        raise DataError(f"there is no split {split!r}; allowed are {', '.join(allowed)}")


def check_count(where: str, found: int, published: int, *, partial: bool) -> None:
    """Refuses more samples than a set was published with, and fewer unless that is allowed.

    Args:
        where: file or folder, for the message.
        found: samples found.
        published: samples of the whole set.
        partial: fewer are allowed, but not none.

    Raises:
        DataError: the counts differ.
    """
    if found == published or (partial and 0 < found < published):
        return
    raise DataError(
        f"{where} holds {found:,} samples, published are {published:,}: "
        + ("unpack it again" if found < published else "remove what does not belong to it")
        + (", or take the part there is (partial=True, --partial)" if 0 < found < published else "")
    )
