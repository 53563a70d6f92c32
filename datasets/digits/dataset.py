"""The digits of scikit-learn as recordings of an event camera."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from polychrony.datasets.arrays import ArrayFolder
from polychrony.datasets.cache import build_once
from polychrony.datasets.dataset import EventDataset, check_split
from polychrony.datasets.digits.camera import TICK, EventCamera
from polychrony.datasets.digits.saccades import Saccades, render
from polychrony.datasets.events import Events, SensorSize
from polychrony.datasets.splits import stratified_split

SENSOR = 16
SCALE = 1.2  # pixels per cell of the image: with 1.5 pixels of motion nothing reaches the border
FRAME = 1e-3  # s between rendered frames
VERSION = 1  # raise when the same parameters make other events


class Digits(EventDataset):
    """1,797 handwritten digits, 8 x 8 cells, seen by a modelled camera of 16 x 16 pixels.

    The camera makes three saccades of 100 ms along a triangle, as N-MNIST was recorded. Which edge
    of a stroke fires, when, and with which sign depends on the direction of the motion, so that
    time carries information. The handwriting is real, the camera is a model: see `EventCamera` and
    `Saccades`. The recordings are made once (a few seconds) and kept in the cache.

    Args:
        split: "train" (1,197), "valid" (200) or "test" (400), stratified by class.
        seed: seed of the camera's noise and mismatch, and of the split.
        cache_dir: folder of the cache; $POLYCHRONY_CACHE or the user's cache folder if None.

    Raises:
        DataError: there is no such split.
    """

    sizes: ClassVar[dict[str, int]] = {"train": 1197, "valid": 200, "test": 400}
    sensor_size = SensorSize(SENSOR, SENSOR, 2)
    classes = tuple("0123456789")

    def __init__(
        self, split: str = "train", *, seed: int = 0, cache_dir: str | Path | None = None
    ) -> None:
        check_split(split, tuple(self.sizes))
        self.split = split
        self.seed = int(seed)
        self.camera = EventCamera(seed=self.seed)
        self.saccades = Saccades()
        self._arrays = ArrayFolder(build_once(self._recording(), self._record, folder=cache_dir))
        labels = np.asarray(self._arrays["labels"])
        parts = stratified_split(labels, tuple(self.sizes.values()), seed=self.seed)
        self._rows = parts[tuple(self.sizes).index(split)]
        self.labels = labels[self._rows]

    @property
    def duration(self) -> float:
        """Length of every recording, s."""
        return self.saccades.total_duration

    def read(self, index: int) -> Events:
        """Reads recording `index`, 0 <= index < len(self)."""
        span = self._arrays.span(int(self._rows[index]))
        width, height, _ = self.sensor_size
        row, x = np.divmod(self._arrays["address"][span], width)
        p, y = np.divmod(row, height)
        return Events(self._arrays["ticks"][span] * TICK, x, y, p.astype(np.int8))

    def identity(self) -> dict[str, Any]:
        """Part, camera and motion."""
        return {**self._recording(), "split": self.split, "sizes": self.sizes, "seed": self.seed}

    def _recording(self) -> dict[str, Any]:
        return {
            "name": "Digits",
            "version": VERSION,
            "sensor": SENSOR,
            "scale": SCALE,
            "frame": FRAME,
            "camera": asdict(self.camera),
            "saccades": asdict(self.saccades),
        }

    def _record(self, folder: Path) -> None:
        from sklearn.datasets import load_digits

        digits = load_digits()
        frames = round(self.duration / FRAME)
        path = self.saccades.displacement(np.arange(frames + 1, dtype=np.float64) * FRAME)
        scene = render(digits.images / 16.0, path, sensor=SENSOR, scale=SCALE)
        recordings = self.camera.record(scene, dt=FRAME)
        for name, array in recordings._asdict().items():
            np.save(folder / f"{name}.npy", array)
        np.save(folder / "labels.npy", digits.target.astype(np.int64))
