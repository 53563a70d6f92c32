"""Recordings as event counts that are made once and kept on disk."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from polychrony.datasets.arrays import ArrayFolder, write_ragged
from polychrony.datasets.binning import Binned
from polychrony.datasets.cache import build_once
from polychrony.datasets.dataset import EventDataset, position
from polychrony.datasets.events import Events, check_events

Progress = Callable[[int, int], None]


class CountedDataset(Dataset[tuple[Tensor, int]]):
    """Recordings as counts: `dataset[i]` is `(uint8 tensor [T, *step_shape], label)`.

    The counts are made once, at construction, and mapped from disk afterwards; other parameters or
    another source make another entry of the cache. A subclass says how one recording is counted.

    Args:
        source: the recordings.
        dt: step, s.
        step_shape: shape of one step.
        cache_dir: folder of the cache; $POLYCHRONY_CACHE or the user's cache folder if None.
        progress: called with (recordings done, recordings in all) while the counts are made.

    Attributes:
        source: the recordings.
        dt: step, s.
        step_shape: shape of one step.
        classes: name of each class.
        labels: label of each recording, int64 [n].
        dropped_events: events of all recordings that no step holds.
        saturated_events: events of all recordings beyond the largest count.

    Raises:
        DataError: a parameter makes no sense, or a recording does not fit its sensor.
    """

    def __init__(
        self,
        source: EventDataset,
        *,
        dt: float,
        step_shape: tuple[int, ...],
        cache_dir: str | Path | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.source = source
        self.dt = float(dt)
        self.step_shape = step_shape
        self.classes = source.classes
        self.labels = source.labels
        entry = build_once(
            self.parameters(), lambda folder: self._build(folder, progress), folder=cache_dir
        )
        self._arrays = ArrayFolder(entry)
        losses = self._arrays.metadata()
        self.dropped_events: int = losses["dropped_events"]
        self.saturated_events: int = losses["saturated_events"]

    @abstractmethod
    def count(self, events: Events) -> Binned:
        """Counts the events of one recording, [T, *step_shape]."""

    @abstractmethod
    def parameters(self) -> dict[str, Any]:
        """Everything that shapes the counts, as values that JSON can hold; keys the cache."""

    @property
    def n_channels(self) -> int:
        """Input lines of one step."""
        return int(np.prod(self.step_shape))

    @property
    def split(self) -> str:
        """Part of the data, such as "train"."""
        return self.source.split

    @property
    def kept_events(self) -> int:
        """Events of all recordings that the counts hold."""
        return int(self._arrays["counts"].sum(dtype=np.int64))

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Steps of each recording, int64 [n]."""
        return np.diff(self._arrays["offsets"])

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        index = position(index, len(self))
        counts = np.array(self._arrays["counts"][self._arrays.span(index)])
        return torch.from_numpy(counts), int(self.labels[index])

    def _build(self, folder: Path, progress: Progress | None) -> None:
        losses = {"dropped_events": 0, "saturated_events": 0}
        offsets = write_ragged(
            folder / "counts.npy",
            self._count_all(losses, progress),
            dtype=np.uint8,
            row_shape=self.step_shape,
        )
        np.save(folder / "offsets.npy", offsets)
        (folder / "metadata.json").write_text(json.dumps(losses))

    def _count_all(
        self, losses: dict[str, int], progress: Progress | None
    ) -> Iterator[NDArray[np.unsignedinteger]]:
        for done, events in enumerate(self.source.read_all(), start=1):
            check_events(events, self.source.sensor_size)
            counted = self.count(events)
            losses["dropped_events"] += counted.dropped
            losses["saturated_events"] += counted.saturated
            yield counted.counts
            if progress is not None:
                progress(done, len(self.source))
