"""A data set of events as counts on a fixed grid of time, kept on disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from polychrony.datasets.arrays import ArrayFolder, write_ragged
from polychrony.datasets.binning import bin_with_losses, pooled_size
from polychrony.datasets.cache import build_once
from polychrony.datasets.dataset import EventDataset, position
from polychrony.datasets.events import check_events

Progress = Callable[[int, int], None]


class BinnedDataset(Dataset[tuple[Tensor, int]]):
    """Recordings as event counts: `dataset[i]` is `(uint8 tensor [T, N], label)`.

    The counts are made once, at construction, and mapped from disk afterwards; other parameters or
    another source make another entry of the cache.

    Args:
        source: the recordings.
        dt: step, s.
        n_steps: steps T of every recording; None ends each with its last event.
        pool: neighbours along x summed into one channel.
        cache_dir: folder of the cache; $POLYCHRONY_CACHE or the user's cache folder if None.
        progress: called with (recordings done, recordings in all) while the counts are made.

    Attributes:
        source: the recordings.
        n_channels: channels N of one step.
        dt: step, s.
        n_steps: as given.
        classes: name of each class.
        labels: label of each recording, int64 [n].
        lengths: steps of each recording, int64 [n].
        dropped_events: events of all recordings after step n_steps.
        saturated_events: events of all recordings beyond 255 in one step of one channel.

    Raises:
        DataError: a parameter makes no sense, or a recording does not fit its sensor.
    """

    def __init__(
        self,
        source: EventDataset,
        *,
        dt: float,
        n_steps: int | None = None,
        pool: int = 1,
        cache_dir: str | Path | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.source = source
        self.dt = float(dt)
        self.n_steps = None if n_steps is None else int(n_steps)
        self.pool = int(pool)
        self.n_channels = pooled_size(source.sensor_size, pool).n_channels
        self.classes = source.classes
        self.labels = source.labels
        entry = build_once(
            self._parameters(), lambda folder: self._build(folder, progress), folder=cache_dir
        )
        self._arrays = ArrayFolder(entry)
        losses = self._arrays.metadata()
        self.dropped_events: int = losses["dropped_events"]
        self.saturated_events: int = losses["saturated_events"]

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

    def _parameters(self) -> dict[str, Any]:
        return {
            "kind": "counts",
            "source": self.source.identity(),
            "sensor_size": list(self.source.sensor_size),
            "time_dtype": self.source.time_dtype.name,
            "dt": self.dt,
            "n_steps": self.n_steps,
            "pool": self.pool,
        }

    def _build(self, folder: Path, progress: Progress | None) -> None:
        losses = {"dropped_events": 0, "saturated_events": 0}
        offsets = write_ragged(
            folder / "counts.npy",
            self._count(losses, progress),
            dtype=np.uint8,
            row_shape=(self.n_channels,),
        )
        np.save(folder / "offsets.npy", offsets)
        (folder / "metadata.json").write_text(json.dumps(losses))

    def _count(
        self, losses: dict[str, int], progress: Progress | None
    ) -> Iterator[NDArray[np.unsignedinteger]]:
        for done, events in enumerate(self.source.read_all(), start=1):
            check_events(events, self.source.sensor_size)
            counts, dropped, saturated = bin_with_losses(
                events,
                self.source.sensor_size,
                dt=self.dt,
                n_steps=self.n_steps,
                pool=self.pool,
                time_dtype=self.source.time_dtype,
            )
            losses["dropped_events"] += dropped
            losses["saturated_events"] += saturated
            yield counts
            if progress is not None:
                progress(done, len(self.source))
