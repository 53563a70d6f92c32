"""DVS Gesture: hand and arm gestures before an event camera."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np

from polychrony.datasets.aedat import RawEvents, read_aedat3
from polychrony.datasets.cache import files_digest
from polychrony.datasets.dataset import EventDataset, check_count, check_split
from polychrony.datasets.errors import DataError
from polychrony.datasets.events import Events, SensorSize, check_events
from polychrony.datasets.splits import hold_out_speakers
from polychrony.datasets.vision.gesture_labels import (
    Gesture,
    label_file,
    read_gestures,
    read_trials,
    subject_of,
)
from polychrony.datasets.vision.places import find_folder

VALID_SUBJECTS = (21, 22, 23)  # the last three of the 23 subjects that train
MICROSECOND = 1e-6


class Segment(NamedTuple):
    """A gesture, or a slice of one: events of a trial with start <= t < end, microseconds."""

    trial: int
    label: int
    start: int
    end: int


class DVSGesture(EventDataset):
    """Eleven gestures of 29 subjects under several lights, cut from AEDAT 3.1 recordings.

    A sample is what a line of a trial's `_labels.csv` delimits; its time counts from there. The
    published lists put subjects 1 to 23 into training and 24 to 29 into test. Here "valid" is all
    gestures of whole subjects of the training list, and "train" the rest of it.

    Args:
        root: folder of `trials_to_train.txt`, the `.aedat` files and their `_labels.csv`, or the
            folder above `DvsGesture`.
        split: "train", "valid" (together 1,176 gestures) or "test" (288).
        valid_subjects: subjects of the training list held out; () holds out nobody.
        slice_duration: cuts each gesture into slices this long, s, and leaves its rest away; one
            that is shorter stays whole. None cuts nothing.
        partial: take fewer gestures than were published.

    Attributes:
        paths: recording of each trial.
        subjects: subject of each sample, int64 [n].
        durations: length of each sample as labelled, s, float64 [n].

    Raises:
        DataError: a file is missing or not what it should be; see the message.

    Reference:
        Amir et al., CVPR 2017, A low power, fully event-based gesture recognition system. The
        numbers of samples are those of the label files; the paper counts 1,342 instances.
    """

    lists: ClassVar[dict[str, str]] = {
        "train": "trials_to_train.txt",
        "valid": "trials_to_train.txt",
        "test": "trials_to_test.txt",
    }
    published: ClassVar[dict[str, int]] = {"train": 1176, "valid": 1176, "test": 288}
    sensor_size = SensorSize(128, 128, 2)
    classes = (
        "hand clapping",
        "right hand wave",
        "left hand wave",
        "right arm clockwise",
        "right arm counter clockwise",
        "left arm clockwise",
        "left arm counter clockwise",
        "arm roll",
        "air drums",
        "air guitar",
        "other gestures",
    )

    def __init__(
        self,
        root: str | Path,
        split: str = "train",
        *,
        valid_subjects: Sequence[int] = VALID_SUBJECTS,
        slice_duration: float | None = None,
        partial: bool = False,
    ) -> None:
        check_split(split, tuple(self.lists))
        if slice_duration is not None and not slice_duration >= MICROSECOND:
            raise DataError(f"slice_duration is {slice_duration}: it must be at least 1e-6 s")
        self.split, self.slice_duration = split, slice_duration
        self.valid_subjects = tuple(sorted({int(s) for s in valid_subjects}))
        folder = find_folder(root, "DvsGesture", self.lists[split])
        self.paths = read_trials(folder / self.lists[split])
        gestures = [read_gestures(path, len(self.classes)) for path in self.paths]
        count = sum(map(len, gestures))
        where = str(folder / self.lists[split])
        check_count(where, count, self.published[split], partial=partial)
        self._segments = [
            segment
            for trial in self._select()
            for gesture in gestures[trial]
            for segment in self._slices(trial, gesture)
        ]
        self.labels = np.array([s.label for s in self._segments], dtype=np.int64)
        subjects = [subject_of(self.paths[s.trial]) for s in self._segments]
        self.subjects = np.array(subjects, dtype=np.int64)
        self.durations = np.array([s.end - s.start for s in self._segments]) * MICROSECOND

    def read(self, index: int) -> Events:
        """Reads sample `index`, 0 <= index < len(self); the whole trial is decoded for it."""
        segment = self._segments[index]
        return self._cut(read_aedat3(self.paths[segment.trial]), segment)

    def read_all(self) -> Iterator[Events]:
        """Reads the samples in order, each trial once."""
        decoded, raw = -1, None
        for segment in self._segments:
            if raw is None or segment.trial != decoded:
                decoded, raw = segment.trial, read_aedat3(self.paths[segment.trial])
            yield self._cut(raw, segment)

    def identity(self) -> dict[str, Any]:
        """Set, part, subjects held out, slices and a digest of all files."""
        labels = [label_file(path) for path in self.paths]
        return {
            "name": "DVSGesture",
            "split": self.split,
            "valid_subjects": [] if self.split == "test" else list(self.valid_subjects),
            "slice_duration": self.slice_duration,
            "files": files_digest([*self.paths, *labels]),
        }

    def _select(self) -> list[int]:
        """Trials of the part."""
        everyone = list(range(len(self.paths)))
        if self.split == "test":
            return everyone
        try:
            subjects = [subject_of(path) for path in self.paths]
            train, valid = hold_out_speakers(subjects, self.valid_subjects)
        except DataError as error:
            message = str(error).replace("speakers", "subjects")
            raise DataError(f"valid_subjects of {self.paths[0].parent}: {message}") from error
        return [int(trial) for trial in (train if self.split == "train" else valid)]

    def _slices(self, trial: int, gesture: Gesture) -> list[Segment]:
        label, start, end = gesture
        if self.slice_duration is None:
            return [Segment(trial, label, start, end)]
        length = round(self.slice_duration / MICROSECOND)
        starts = [start + k * length for k in range(max(1, (end - start) // length))]
        return [Segment(trial, label, first, min(first + length, end)) for first in starts]

    def _cut(self, raw: RawEvents, segment: Segment) -> Events:
        inside = np.flatnonzero((raw.t >= segment.start) & (raw.t < segment.end))
        address = raw.address[inside]
        events = Events.sorted(
            (raw.t[inside] - segment.start) * MICROSECOND,
            address >> 17,
            address >> 2 & 0x7FFF,
            address >> 1 & 1,
        )
        try:
            check_events(events, self.sensor_size)
        except DataError as error:
            raise DataError(f"{self.paths[segment.trial]}: {error}") from error
        return events
