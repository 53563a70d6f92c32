"""Events to counts on a fixed grid of time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from polychrony.datasets.errors import DataError
from polychrony.datasets.events import Events, SensorSize, channels

# Far above what a product or quotient of float64 times loses, far below what any sensor resolves.
FLOAT64_SLACK = 1e-12


class Binned(NamedTuple):
    """Counts, and what they do not hold.

    Args:
        counts: events per step and channel, [T, N].
        dropped: events after the last step.
        saturated: events beyond the largest count the number type can hold.
    """

    counts: NDArray[np.unsignedinteger]
    dropped: int
    saturated: int


def time_edges(
    n_steps: int, *, dt: float, time_dtype: DTypeLike = np.float64
) -> NDArray[np.float64]:
    """Lower edges k * dt of the steps, as exact as the times they are compared with.

    An event on an edge belongs to the step that begins there. A time stored in few bits was rounded
    and may lie just below the edge it was recorded on, so that the edges are rounded the same way:
    rounding keeps order, and t >= k dt implies round(t) >= round(k dt) for every k. For float64 the
    edges give way by one part in 10^12, as 0.07 and 7 * 0.01 are different numbers. Where steps are
    finer than the stored times, edges coincide and some steps stay empty.

    Args:
        n_steps: number of edges.
        dt: step, s.
        time_dtype: floating type the times were stored in.

    Returns:
        Edges, s, float64 [n_steps], ascending from 0.
    """
    edges = np.arange(n_steps, dtype=np.float64) * dt
    dtype = np.dtype(time_dtype)
    if dtype.itemsize < np.dtype(np.float64).itemsize:
        with np.errstate(over="ignore"):  # an edge beyond all times is as good as infinite
            return edges.astype(dtype).astype(np.float64)
    return edges * (1 - FLOAT64_SLACK)


def steps_of(
    times: NDArray[np.float64], *, dt: float, time_dtype: DTypeLike = np.float64
) -> NDArray[np.int64]:
    """Step of each time: the k with k * dt <= t < (k + 1) * dt.

    Args:
        times: times, s, [E], ascending and not negative.
        dt: step, s.
        time_dtype: floating type the times were stored in; see `time_edges`.

    Returns:
        Steps, int64 [E].

    Raises:
        DataError: the step is not positive.
    """
    _check_step(dt)
    if not len(times):
        return np.zeros(0, np.int64)
    # Rounding may pull the edges that follow the last event onto it.
    reach = float(times[-1]) * (1 + float(np.finfo(np.dtype(time_dtype)).eps))
    edges = time_edges(int(reach / dt) + 3, dt=dt, time_dtype=time_dtype)
    return np.searchsorted(edges, times, side="right") - 1


def bin_events(
    events: Events,
    sensor_size: SensorSize,
    *,
    dt: float,
    n_steps: int | None = None,
    pool: int = 1,
    time_dtype: DTypeLike = np.float64,
    dtype: DTypeLike = np.uint8,
) -> NDArray[np.unsignedinteger]:
    """Counts events per step and channel: `bin_with_losses` without the losses."""
    return bin_with_losses(
        events,
        sensor_size,
        dt=dt,
        n_steps=n_steps,
        pool=pool,
        time_dtype=time_dtype,
        dtype=dtype,
    ).counts


def bin_with_losses(
    events: Events,
    sensor_size: SensorSize,
    *,
    dt: float,
    n_steps: int | None = None,
    pool: int = 1,
    time_dtype: DTypeLike = np.float64,
    dtype: DTypeLike = np.uint8,
) -> Binned:
    """Counts events per step and channel.

        counts[k, n] = #{events of channel n with k dt <= t < (k + 1) dt}

    The step is the same for every recording: a long one has more steps, it is never squeezed.

    Args:
        events: events inside the sensor.
        sensor_size: the sensor.
        dt: step, s.
        n_steps: number of steps T; None ends with the step of the last event (at least one step).
        pool: neighbours along x summed into one channel; must divide the width.
        time_dtype: floating type the times were stored in; see `time_edges`.
        dtype: unsigned type of the counts; they stop at its largest value and never wrap.

    Returns:
        Counts [T, N] with N = n_channels / pool, laid out as `channels` says, and the losses.

    Raises:
        DataError: dt, n_steps, pool or dtype make no sense.
    """
    pooled = pooled_size(sensor_size, pool)
    limit = _largest(dtype)
    if n_steps is not None and n_steps < 1:
        raise DataError(f"n_steps is {n_steps}: it must be at least 1, or None for the last event")
    _check_step(dt)
    kept = len(events)
    if n_steps is not None:
        # Cut first: the steps up to a far-off event, all with an edge, may not fit into memory.
        end = time_edges(n_steps + 1, dt=dt, time_dtype=time_dtype)[-1]
        kept = int(np.searchsorted(events.t, end))
    steps = steps_of(events.t[:kept], dt=dt, time_dtype=time_dtype)
    total = n_steps if n_steps is not None else int(steps[-1]) + 1 if len(steps) else 1
    inside = Events(events.t[:kept], events.x[:kept] // pool, events.y[:kept], events.p[:kept])
    cells = steps * pooled.n_channels + channels(inside, pooled)
    cell, count = np.unique(cells, return_counts=True)
    counts = np.zeros(total * pooled.n_channels, dtype=dtype)
    counts[cell] = np.minimum(count, limit)
    saturated = int(np.maximum(count - limit, 0).sum())
    return Binned(counts.reshape(total, pooled.n_channels), len(events) - kept, saturated)


def pooled_size(sensor_size: SensorSize, pool: int) -> SensorSize:
    """Size of the sensor after summing groups of `pool` columns.

    Raises:
        DataError: the groups do not fit the width.
    """
    if pool < 1 or sensor_size.width % pool:
        allowed = [n for n in range(1, sensor_size.width + 1) if sensor_size.width % n == 0]
        raise DataError(
            f"pool is {pool}: it must divide the width {sensor_size.width}; allowed are {allowed}"
        )
    return sensor_size._replace(width=sensor_size.width // pool)


def _check_step(dt: float) -> None:
    if not (np.isfinite(dt) and dt > 0):
        raise DataError(f"dt is {dt}: the step must be a positive number of seconds, such as 0.01")


def _largest(dtype: DTypeLike) -> int:
    if np.dtype(dtype).kind != "u":
        raise DataError(f"counts of type {np.dtype(dtype)}: use an unsigned one, uint8 or uint16")
    return int(np.iinfo(np.dtype(dtype)).max)
