import pickle
from typing import Any

import numpy as np
import pytest

from polychrony.datasets import DataError, EventDataset, Events, SensorSize
from polychrony.datasets.dataset import check_split


class Handle:
    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def __reduce__(self) -> Any:
        raise TypeError("an open file cannot be pickled")


class Three(EventDataset):
    """Three recordings; the i-th has i events."""

    sensor_size = SensorSize(4)
    classes = ("a", "b")
    split = "train"
    labels = np.array([0, 1, 1])
    _handles = ("_file",)

    def read(self, index: int) -> Events:
        if "_file" not in self.__dict__:
            self._file = Handle()
        return Events.sorted(np.zeros(index), np.zeros(index))

    def identity(self) -> dict[str, Any]:
        return {"name": "Three"}


def test_it_behaves_like_a_sequence() -> None:
    dataset = Three()
    assert len(dataset) == 3
    events, label = dataset[2]
    assert (len(events), label) == (2, 1)
    assert len(dataset[-1][0]) == 2
    assert [len(events) for events, _ in dataset] == [0, 1, 2]
    assert [len(events) for events in dataset.read_all()] == [0, 1, 2]
    for outside in (3, -4):
        with pytest.raises(IndexError):
            dataset[outside]


def test_files_are_closed_opened_again_and_never_pickled() -> None:
    dataset = Three()
    dataset[0]
    first = dataset._file
    sent = pickle.loads(pickle.dumps(dataset))
    assert "_file" not in sent.__dict__
    dataset.close()
    assert first.closed
    dataset.close()
    dataset[0]
    assert dataset._file is not first


def test_an_unknown_split_names_those_that_exist() -> None:
    with pytest.raises(DataError, match="no split 'val'; allowed are train, test"):
        check_split("val", ("train", "test"))
