"""A data set of events as frames, kept on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from polychrony.datasets.binning import Binned
from polychrony.datasets.counted import CountedDataset, Progress
from polychrony.datasets.dataset import EventDataset
from polychrony.datasets.errors import DataError
from polychrony.datasets.events import Events
from polychrony.datasets.frames import (
    LARGEST,
    Downscale,
    SplitBy,
    check_clip,
    check_size,
    clipped,
    downscale,
    frames_by_number,
    frames_by_time,
)


class FrameDataset(CountedDataset):
    """Recordings as frames: `dataset[i]` is `(uint8 tensor [T, C, H, W], label)`.

    The frames are made once, at construction, and mapped from disk afterwards, as in
    `BinnedDataset`; C is the polarity, y counts rows from the top.

    Args:
        source: the recordings.
        dt: step, s; with split_by="number" only what the frames are taken to last.
        n_steps: frames T of every recording; None, by time only, ends with the last event.
        split_by: "time", or "number" for frames of as many events; see `frames_by_number`.
        size: height and width of the frames; None keeps those of the sensor.
        method: how frames are made smaller; see `downscale`.
        clip: largest count, 1 to 255.
        cache_dir: folder of the cache; $POLYCHRONY_CACHE or the user's cache folder if None.
        progress: called with (recordings done, recordings in all) while the frames are made.

    Attributes:
        source: the recordings.
        step_shape: C, H and W.
        n_channels: C H W.
        dt: step, s.
        n_steps: as given.
        classes: name of each class.
        labels: label of each recording, int64 [n].
        lengths: frames of each recording, int64 [n].
        dropped_events: events of all recordings after the last frame.
        saturated_events: counts of all frames beyond `clip`.

    Raises:
        DataError: a parameter makes no sense, or a recording does not fit its sensor.
    """

    def __init__(
        self,
        source: EventDataset,
        *,
        dt: float,
        n_steps: int | None = None,
        split_by: SplitBy = "time",
        size: tuple[int, int] | None = None,
        method: Downscale = "sum",
        clip: int = LARGEST,
        cache_dir: str | Path | None = None,
        progress: Progress | None = None,
    ) -> None:
        sensor = source.sensor_size
        whole = (sensor.height, sensor.width)
        self.size = whole if size is None else size
        self.n_steps = None if n_steps is None else int(n_steps)
        self.split_by, self.method, self.clip = split_by, method, int(clip)
        check_size(self.size, whole)
        check_clip(self.clip)
        if split_by == "number" and self.n_steps is None:
            raise DataError("frames of as many events need n_steps, the number of frames")
        super().__init__(
            source,
            dt=dt,
            step_shape=(sensor.polarities, *self.size),
            cache_dir=cache_dir,
            progress=progress,
        )

    def count(self, events: Events) -> Binned:
        """Counts the events of one recording, [T, C, H, W]."""
        sensor = self.source.sensor_size
        if self.split_by == "number" and self.n_steps is not None:
            counted = frames_by_number(events, sensor, n_frames=self.n_steps)
        else:
            counted = frames_by_time(
                events,
                sensor,
                dt=self.dt,
                n_steps=self.n_steps,
                time_dtype=self.source.time_dtype,
            )
        if self.size != (sensor.height, sensor.width):
            smaller = downscale(counted.counts, self.size, self.method)
            counted = Binned(smaller, counted.dropped, counted.saturated)
        return clipped(counted, self.clip)

    def parameters(self) -> dict[str, Any]:
        """Source, sensor and how frames are made; keys the cache."""
        return {
            "kind": "frames",
            "source": self.source.identity(),
            "sensor_size": list(self.source.sensor_size),
            "time_dtype": self.source.time_dtype.name,
            "dt": self.dt if self.split_by == "time" else None,
            "n_steps": self.n_steps,
            "split_by": self.split_by,
            "size": list(self.size),
            "method": self.method,
            "clip": self.clip,
        }
