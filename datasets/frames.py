"""Events to frames: counts [T, C, H, W] by fixed time or by fixed number of events."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

from polychrony.datasets.binning import Binned, bin_with_losses
from polychrony.datasets.errors import DataError
from polychrony.datasets.events import Events, SensorSize, channels

SplitBy = Literal["time", "number"]
Downscale = Literal["sum", "area"]
LARGEST = 255  # what uint8 holds
MOST_CELLS = 2**30  # of one recording: one event far off must not ask for all memory


def frames_by_time(
    events: Events,
    sensor_size: SensorSize,
    *,
    dt: float,
    n_steps: int | None = None,
    time_dtype: DTypeLike = np.float64,
) -> Binned:
    """Counts events per step, polarity and pixel.

        frames[k, p, y, x] = #{events of polarity p at (x, y) with k dt <= t < (k + 1) dt}

    Args:
        events: events inside the sensor.
        sensor_size: the sensor.
        dt: step, s.
        n_steps: steps T; None ends with the step of the last event.
        time_dtype: floating type the times were stored in; see `time_edges`.

    Returns:
        Counts, uint16 [T, C, H, W]; the events after the last step, and beyond 65,535 in a cell.

    Raises:
        DataError: dt or n_steps make no sense, or the last event is too far off to count up to it.
    """
    if n_steps is None and len(events) and dt > 0:
        cells = events.t[-1] / dt * sensor_size.n_channels
        if cells > MOST_CELLS:
            raise DataError(
                f"the last event is at {events.t[-1]:g} s: frames of {dt:g} s up to there do not "
                "fit into memory; give n_steps"
            )
    counted = bin_with_losses(
        events, sensor_size, dt=dt, n_steps=n_steps, time_dtype=time_dtype, dtype=np.uint16
    )
    return counted._replace(counts=counted.counts.reshape(-1, *_shape(sensor_size)))


def frames_by_number(events: Events, sensor_size: SensorSize, *, n_frames: int) -> Binned:
    """Counts events per frame, polarity and pixel, with as many events in each frame.

        frame k holds events k n to (k + 1) n - 1, n = floor(E / T); the last one all from (T - 1) n

    Frames of a busy moment are short and those of a quiet one long, so that time is lost: delays
    and time constants mean nothing in seconds. The literature on CIFAR10-DVS counts so.

    Args:
        events: E events inside the sensor.
        sensor_size: the sensor.
        n_frames: frames T.

    Returns:
        Counts, uint16 [T, C, H, W]; the events beyond 65,535 in one cell are lost.

    Raises:
        DataError: n_frames is not positive.

    Reference:
        Fang et al. 2023, SpikingJelly, doi:10.1126/sciadv.adi1480, which calls it
        split_by="number".
    """
    if n_frames < 1:
        raise DataError(f"n_frames is {n_frames}: it must be at least 1")
    each = len(events) // n_frames
    number = np.arange(len(events))
    frame = np.minimum(number // each, n_frames - 1) if each else np.full(len(events), n_frames - 1)
    cells = frame * sensor_size.n_channels + channels(events, sensor_size)
    count = np.bincount(cells, minlength=n_frames * sensor_size.n_channels)
    lost = int(np.maximum(count - np.iinfo(np.uint16).max, 0).sum())
    counts = np.minimum(count, np.iinfo(np.uint16).max).astype(np.uint16)
    return Binned(counts.reshape(n_frames, *_shape(sensor_size)), 0, lost)


def downscale(
    frames: NDArray[np.unsignedinteger], size: tuple[int, int], method: Downscale = "sum"
) -> NDArray[np.unsignedinteger]:
    """Makes frames smaller.

    | method | cell                                                                            |
    |--------|---------------------------------------------------------------------------------|
    | sum    | all counts of the pixels with floor(y H'/H), floor(x W'/W): no event is lost or |
    |        | divided; cells of 2 and 3 pixels stand side by side where W' does not divide W  |
    | area   | counts weighted by how much of the pixel lies in the cell, rounded half up: all |
    |        | cells are of one size, and totals are kept but for rounding                     |

    Both are the same where H' divides H and W' divides W.

    Args:
        frames: counts [T, C, H, W].
        size: height H' and width W' of the smaller ones.
        method: see above.

    Returns:
        Counts, uint32 [T, C, H', W'].

    Raises:
        DataError: the size is larger than the frames, or not positive.
    """
    check_size(size, (int(frames.shape[2]), int(frames.shape[3])))
    (rows, row_unit), (columns, column_unit) = (
        _weights(before, after, method)
        for before, after in zip(frames.shape[2:], size, strict=True)
    )
    # Whole numbers below 2^53 in float64 are exact, and their products run in BLAS.
    total = rows @ (frames.astype(np.float64) @ columns.T)
    unit = row_unit * column_unit
    return ((total.astype(np.int64) + unit // 2) // unit).astype(np.uint32)


def clipped(counted: Binned, clip: int = LARGEST) -> Binned:
    """Counts that stop at a largest value, as bytes.

    Args:
        counted: counts of any shape and whole-number type.
        clip: the largest count, 1 to 255; 1 tells only whether anything happened.

    Returns:
        Counts, uint8; what lies beyond `clip` is added to the saturated events.

    Raises:
        DataError: `clip` is outside 1 to 255.
    """
    check_clip(clip)
    beyond = int(np.maximum(counted.counts.astype(np.int64) - clip, 0).sum())
    counts = np.minimum(counted.counts, clip).astype(np.uint8)
    return Binned(counts, counted.dropped, counted.saturated + beyond)


def check_clip(clip: int) -> None:
    """Refuses a largest count that bytes cannot hold, or that leaves nothing.

    Raises:
        DataError: it is outside 1 to 255.
    """
    if not 1 <= clip <= LARGEST:
        raise DataError(f"clip is {clip}: counts can stop at 1 to {LARGEST}")


def check_size(size: tuple[int, int], before: tuple[int, int]) -> None:
    """Refuses a size that is no smaller one.

    Raises:
        DataError: height or width is not positive, or larger than before.
    """
    if not (0 < size[0] <= before[0] and 0 < size[1] <= before[1]):
        raise DataError(
            f"frames of {before[0]} x {before[1]} cannot be made {size[0]} x {size[1]}: "
            "height and width must be at least 1 and no larger"
        )


def _shape(sensor_size: SensorSize) -> tuple[int, int, int]:
    return sensor_size.polarities, sensor_size.height, sensor_size.width


def _weights(before: int, after: int, method: Downscale) -> tuple[NDArray[np.float64], int]:
    """Whole weights of pixels in cells, [after, before], and the weight of a whole pixel."""
    pixel, cell = np.arange(before), np.arange(after)[:, None]
    if method == "sum":
        return (pixel * after // before == cell).astype(np.float64), 1
    # On a ruler of before * after marks a pixel spans `after` of them and a cell `before`.
    first = np.maximum(pixel * after, cell * before)
    last = np.minimum((pixel + 1) * after, (cell + 1) * before)
    return np.maximum(last - first, 0).astype(np.float64), after
