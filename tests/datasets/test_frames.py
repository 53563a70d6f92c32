"""Frames, against loops over single events."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polychrony.datasets import DataError, Events, SensorSize, bin_events
from polychrony.datasets.binning import Binned
from polychrony.datasets.frames import clipped, downscale, frames_by_number, frames_by_time

SIZE = SensorSize(6, 4, 2)


def some_events(count: int, seed: int = 0) -> Events:
    rng = np.random.default_rng(seed)
    x, y, p = (rng.integers(0, n, count) for n in SIZE)
    return Events.sorted(rng.uniform(0, 0.1, count), x, y, p)


def one_by_one(events: Events, frame_of: list[int], n_frames: int) -> np.ndarray:
    frames = np.zeros((n_frames, 2, 4, 6), int)
    for k, x, y, p in zip(frame_of, events.x, events.y, events.p, strict=True):
        if k < n_frames:
            frames[k, p, y, x] += 1
    return frames


def test_frames_by_time_are_the_binned_counts_with_axes() -> None:
    events = some_events(300)
    counted = frames_by_time(events, SIZE, dt=0.01, n_steps=7)
    assert counted.counts.shape == (7, 2, 4, 6)
    assert np.array_equal(
        counted.counts, one_by_one(events, [int(t / 0.01) for t in events.t], n_frames=7)
    )
    assert counted.counts.sum() + counted.dropped == 300
    flat = bin_events(events, SIZE, dt=0.01, n_steps=7)
    assert np.array_equal(counted.counts.reshape(7, -1), flat)


@given(st.integers(0, 60), st.integers(1, 13))
def test_frames_by_number_hold_as_many_events(count: int, n_frames: int) -> None:
    events = some_events(count)
    counted = frames_by_number(events, SIZE, n_frames=n_frames)
    each = count // n_frames
    frame_of = [min(i // each, n_frames - 1) if each else n_frames - 1 for i in range(count)]
    assert np.array_equal(counted.counts, one_by_one(events, frame_of, n_frames))
    held = counted.counts.sum(axis=(1, 2, 3))
    assert held[:-1].tolist() == [each] * (n_frames - 1)
    assert held[-1] == count - each * (n_frames - 1)


def test_an_event_far_off_asks_for_no_memory() -> None:
    events = Events.sorted([0.0, 1e9], [0, 0])
    with pytest.raises(DataError, match="give n_steps"):
        frames_by_time(events, SIZE, dt=1e-6)
    assert frames_by_time(events, SIZE, dt=1e-6, n_steps=2).dropped == 1


@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 9),
    st.sampled_from(["sum", "area"]),
)
def test_smaller_frames_are_sums_over_pixels(
    height: int, width: int, rows: int, columns: int, method: str
) -> None:
    rows, columns = min(rows, height), min(columns, width)
    frames = np.random.default_rng(height * width).integers(0, 50, (2, 2, height, width))
    smaller = downscale(frames.astype(np.uint16), (rows, columns), method)
    expected = np.zeros((2, 2, rows, columns))
    for y in range(height):
        for x in range(width):
            for r in range(rows):
                for c in range(columns):
                    if method == "sum":
                        part = float(y * rows // height == r and x * columns // width == c)
                    else:
                        part = overlap(y, height, r, rows) * overlap(x, width, c, columns)
                    expected[:, :, r, c] += part * frames[:, :, y, x]
    assert np.abs(smaller - expected).max() <= (0.5 + 1e-9 if method == "area" else 0)
    if method == "sum" or (height % rows == 0 and width % columns == 0):
        assert smaller.sum() == frames.sum()


def overlap(pixel: int, before: int, cell: int, after: int) -> float:
    """Part of a pixel that lies in a cell."""
    first = max(pixel / before, cell / after)
    last = min((pixel + 1) / before, (cell + 1) / after)
    return max(0.0, last - first) * before


def test_whole_factors_sum_blocks_with_either_method() -> None:
    frames = np.random.default_rng(1).integers(0, 9, (3, 2, 128, 128))
    blocks = frames.reshape(3, 2, 32, 4, 32, 4).sum(axis=(3, 5))
    for method in ("sum", "area"):
        assert np.array_equal(downscale(frames, (32, 32), method), blocks)


def test_clipped_counts_tell_what_they_lost() -> None:
    counted = clipped(Binned(np.array([0, 1, 300, 7], np.uint16), 2, 1), clip=5)
    assert counted.counts.tolist() == [0, 1, 5, 5]
    assert counted.counts.dtype == np.uint8
    assert (counted.dropped, counted.saturated) == (2, 1 + 295 + 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f: downscale(f, (5, 6)), "frames of 4 x 6 cannot be made 5 x 6"),
        (lambda f: downscale(f, (0, 6)), "at least 1 and no larger"),
        (lambda f: clipped(Binned(f, 0, 0), clip=256), "clip is 256"),
        (lambda f: frames_by_number(Events.empty(), SIZE, n_frames=0), "n_frames is 0"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message: str) -> None:
    with pytest.raises(DataError, match=message):
        call(np.zeros((1, 2, 4, 6), np.uint16))
