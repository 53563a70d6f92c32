"""A data set of events as counts on a fixed grid of time, kept on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from polychrony.datasets.binning import Binned, bin_with_losses, pooled_size
from polychrony.datasets.counted import CountedDataset, Progress
from polychrony.datasets.dataset import EventDataset
from polychrony.datasets.events import Events


class BinnedDataset(CountedDataset):
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
        self.n_steps = None if n_steps is None else int(n_steps)
        self.pool = int(pool)
        shape = (pooled_size(source.sensor_size, pool).n_channels,)
        super().__init__(source, dt=dt, step_shape=shape, cache_dir=cache_dir, progress=progress)

    def count(self, events: Events) -> Binned:
        """Counts the events of one recording, [T, N]."""
        return bin_with_losses(
            events,
            self.source.sensor_size,
            dt=self.dt,
            n_steps=self.n_steps,
            pool=self.pool,
            time_dtype=self.source.time_dtype,
        )

    def parameters(self) -> dict[str, Any]:
        """Source, sensor and grid; keys the cache."""
        return {
            "kind": "counts",
            "source": self.source.identity(),
            "sensor_size": list(self.source.sensor_size),
            "time_dtype": self.source.time_dtype.name,
            "dt": self.dt,
            "n_steps": self.n_steps,
            "pool": self.pool,
        }
