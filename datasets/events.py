"""Events: who fired when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from polychrony.datasets.errors import DataError


class SensorSize(NamedTuple):
    """Extent of a sensor.

    Args:
        width: pixels along x (channels, for a sensor with one row).
        height: pixels along y.
        polarities: signs an event can have: 1, or 2 for OFF (0) and ON (1).
    """

    width: int
    height: int = 1
    polarities: int = 1

    @property
    def n_channels(self) -> int:
        """Number of input lines once x, y and polarity are laid out in one axis."""
        return self.width * self.height * self.polarities


@dataclass(frozen=True, eq=False)
class Events:
    """Events of one recording, in the order of their times.

    Args:
        t: times, s, float64 [E], ascending, not negative.
        x: column, or channel of a one-row sensor, int32 [E].
        y: row, int32 [E].
        p: polarity, 0 (OFF) or 1 (ON), int8 [E].
    """

    t: NDArray[np.float64]
    x: NDArray[np.int32]
    y: NDArray[np.int32]
    p: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.t)

    @classmethod
    def sorted(
        cls,
        t: ArrayLike,
        x: ArrayLike,
        y: ArrayLike | None = None,
        p: ArrayLike | None = None,
    ) -> Events:
        """Builds events from arrays in any order of time and any number type.

        Args:
            t: times, s, [E]; events of equal time keep their order.
            x: columns [E].
            y: rows [E]; all 0 if not given.
            p: polarities [E]; all 0 if not given.

        Returns:
            The events in order, with the types of this class.

        Raises:
            DataError: the arrays differ in length or are not one-dimensional.
        """
        times = np.asarray(t, dtype=np.float64)
        columns = np.asarray(x, dtype=np.int32)
        rows = np.zeros(times.shape, np.int32) if y is None else np.asarray(y, dtype=np.int32)
        signs = np.zeros(times.shape, np.int8) if p is None else np.asarray(p, dtype=np.int8)
        _check_lengths(times, columns, rows, signs)
        if np.any(times[1:] < times[:-1]):
            order = np.argsort(times, kind="stable")
            times, columns, rows, signs = times[order], columns[order], rows[order], signs[order]
        return cls(times, columns, rows, signs)

    @classmethod
    def empty(cls) -> Events:
        """A recording in which nothing happened."""
        return cls.sorted([], [])


def channels(events: Events, sensor_size: SensorSize) -> NDArray[np.int64]:
    """Lays x, y and polarity out in one axis: channel = p * W * H + y * W + x.

    Args:
        events: E events inside the sensor.
        sensor_size: the sensor.

    Returns:
        Channel of each event, int64 [E], in [0, sensor_size.n_channels).
    """
    row = events.p.astype(np.int64) * sensor_size.height + events.y
    return row * sensor_size.width + events.x


def check_events(events: Events, sensor_size: SensorSize) -> None:
    """Refuses events that no sensor of this size can have sent.

    Args:
        events: the events; none at all is allowed.
        sensor_size: the sensor they are said to come from.

    Raises:
        DataError: lengths differ, a time is not finite, negative or out of order, or an event lies
            outside the sensor.
    """
    _check_lengths(events.t, events.x, events.y, events.p)
    if not len(events):
        return
    bad = np.flatnonzero(~np.isfinite(events.t) | (events.t < 0))
    if len(bad):
        raise DataError(
            f"event {bad[0]} is at {events.t[bad[0]]} s: times must be finite and not negative"
        )
    late = np.flatnonzero(events.t[1:] < events.t[:-1])
    if len(late):
        raise DataError(
            f"event {late[0] + 1} is earlier than the one before it: times must ascend "
            "(Events.sorted sorts them)"
        )
    limits = {"x": sensor_size.width, "y": sensor_size.height, "p": sensor_size.polarities}
    for name, limit in limits.items():
        values = getattr(events, name)
        if values.min() < 0 or values.max() >= limit:
            raise DataError(
                f"{name} spans {values.min()} to {values.max()}, outside the sensor "
                f"{tuple(sensor_size)}: allowed are 0 to {limit - 1}"
            )


def _check_lengths(t: ArrayLike, x: ArrayLike, y: ArrayLike, p: ArrayLike) -> None:
    shapes = {name: np.shape(a) for name, a in zip("txyp", (t, x, y, p), strict=True)}
    if len(set(shapes.values())) > 1 or any(len(s) != 1 for s in shapes.values()):
        lengths = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise DataError(f"t, x, y and p must be one-dimensional and of one length, not {lengths}")
