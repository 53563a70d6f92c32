import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polychrony.datasets import (
    DataError,
    Events,
    SensorSize,
    bin_events,
    bin_with_losses,
    steps_of,
)

SENSOR = SensorSize(6, 2, 2)
STEPS = st.sampled_from([0.01, 0.001, 0.005, 0.025, 1 / 3, 0.3, 1e-4, 0.007, 1.0])


@st.composite
def recordings(draw: st.DrawFn) -> Events:
    n = draw(st.integers(0, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    spread = draw(st.sampled_from([0.0, 0.02, 0.5]))
    x, y, p = (rng.integers(0, size, n) for size in SENSOR)
    return Events.sorted(rng.uniform(0, spread, n), x, y, p)


@given(recordings(), st.sampled_from([0.01, 0.03, 0.1]), st.sampled_from([1, 2, 3, 6]))
def test_every_event_is_counted_once(events: Events, dt: float, pool: int) -> None:
    counts = bin_events(events, SENSOR, dt=dt, pool=pool)
    assert counts.sum() == len(events)
    assert counts.shape[1] == SENSOR.n_channels // pool


@given(recordings(), st.integers(1, 60))
def test_a_fixed_number_of_steps_counts_what_it_drops(events: Events, n_steps: int) -> None:
    counts, dropped, saturated = bin_with_losses(events, SENSOR, dt=0.01, n_steps=n_steps)
    assert counts.shape == (n_steps, SENSOR.n_channels)
    assert counts.sum() + dropped + saturated == len(events)
    assert dropped == (events.t >= n_steps * 0.01).sum()


def test_an_event_far_beyond_the_last_step_costs_no_memory() -> None:
    events = Events.sorted([0.005, 0.015, 1e12, 1e300], [0, 1, 2, 3])
    counts, dropped, _ = bin_with_losses(events, SENSOR, dt=1e-3, n_steps=20)
    assert dropped == 2
    assert np.argwhere(counts).tolist() == [[5, 0], [15, 1]]


@given(recordings())
def test_counts_agree_with_counting_by_hand(events: Events) -> None:
    counts = bin_events(events, SENSOR, dt=0.1)
    by_hand = np.zeros_like(counts)
    for t, x, y, p in zip(events.t, events.x, events.y, events.p, strict=True):
        k = next(k for k in range(len(counts)) if k * 0.1 <= t < (k + 1) * 0.1)
        by_hand[k, p * 12 + y * 6 + x] += 1
    assert (counts == by_hand).all()


@given(STEPS, st.integers(0, 3000))
def test_an_event_on_an_edge_belongs_to_the_step_that_begins_there(dt: float, k: int) -> None:
    added = math.fsum([dt] * k)
    for on_edge in (k * dt, added, round(k * dt * 1e6) * 1e-6 if dt != 1 / 3 else k * dt):
        assert steps_of(np.array([on_edge]), dt=dt).tolist() == [k]
    if k:
        assert steps_of(np.array([k * dt - dt * 1e-6]), dt=dt).tolist() == [k - 1]


def test_edges_in_microseconds_for_every_step_of_an_hour() -> None:
    k = np.arange(360_000)
    assert (steps_of(k * 10_000 * 1e-6, dt=0.01) == k).all()
    assert (steps_of(k / 100, dt=0.01) == k).all()
    assert (steps_of((k * 10_000 + 9_999) * 1e-6, dt=0.01) == k).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("dt", [0.01, 0.005, 0.014])
def test_edges_stored_in_few_bits_are_still_edges(dtype: type, dt: float) -> None:
    k = np.arange(round(1.4 / dt))
    stored = (k * dt).astype(dtype).astype(np.float64)
    assert (steps_of(stored, dt=dt, time_dtype=dtype) == k).all()
    assert (stored < k * dt).any()  # so that plain comparison would have put some a step early


@given(STEPS, st.lists(st.floats(0, 2, width=16), min_size=1, max_size=30))
def test_few_bits_move_a_step_by_no_more_than_their_resolution(dt: float, ts: list[float]) -> None:
    times = np.sort(np.asarray(ts, np.float64))
    steps = steps_of(times, dt=dt, time_dtype=np.float16)
    slack = np.spacing(times.astype(np.float16)).astype(np.float64)
    assert (np.diff(steps) >= 0).all()
    assert (steps * dt <= times + slack).all()
    assert ((steps + 1) * dt > times - slack).all()


@given(STEPS, st.lists(st.floats(0, 4, width=16), min_size=2, max_size=10))
def test_the_step_of_an_event_does_not_depend_on_the_others(dt: float, ts: list[float]) -> None:
    times = np.sort(np.asarray(ts, np.float64))
    together = steps_of(times, dt=dt, time_dtype=np.float16)
    alone = [steps_of(times[i : i + 1], dt=dt, time_dtype=np.float16)[0] for i in range(len(times))]
    assert together.tolist() == alone


def test_steps_beyond_the_range_of_half_precision_do_not_overflow() -> None:
    times = np.array([65504.0])
    assert steps_of(times, dt=10.0, time_dtype=np.float16).tolist() == [6551]


def test_the_length_is_that_of_the_last_event() -> None:
    at = lambda *t: Events.sorted(t, [0] * len(t))  # noqa: E731
    assert len(bin_events(at(), SENSOR, dt=0.01)) == 1
    assert len(bin_events(at(0.0), SENSOR, dt=0.01)) == 1
    assert len(bin_events(at(0.0, 0.0199), SENSOR, dt=0.01)) == 2
    assert len(bin_events(at(0.0, 0.02), SENSOR, dt=0.01)) == 3


def test_pooling_sums_neighbours_along_x() -> None:
    size = SensorSize(700)
    events = Events.sorted([0.0, 0.0, 0.0, 0.01], [0, 4, 5, 699])
    counts = bin_events(events, size, dt=0.01, pool=5)
    assert counts.shape == (2, 140)
    assert np.argwhere(counts).tolist() == [[0, 0], [0, 1], [1, 139]]
    assert counts[0, 0] == 2


@given(recordings(), st.sampled_from([2, 3]))
def test_pooling_is_the_sum_of_the_groups(events: Events, pool: int) -> None:
    fine = bin_events(events, SENSOR, dt=0.05, n_steps=10)
    coarse = bin_events(events, SENSOR, dt=0.05, n_steps=10, pool=pool)
    assert (fine.reshape(10, -1, pool).sum(axis=2) == coarse).all()


def test_counts_saturate_and_never_wrap() -> None:
    events = Events.sorted(np.zeros(300), np.zeros(300, int))
    counts, _, saturated = bin_with_losses(events, SENSOR, dt=0.01)
    assert counts.dtype == np.uint8
    assert (counts[0, 0], saturated) == (255, 45)
    assert bin_events(events, SENSOR, dt=0.01, dtype=np.uint16)[0, 0] == 300


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"dt": 0.0}, "dt is 0.0"),
        ({"dt": math.nan}, "dt is nan"),
        ({"n_steps": 0}, "n_steps is 0"),
        ({"pool": 4}, r"pool is 4.*\[1, 2, 3, 6\]"),
        ({"dtype": np.int8}, "unsigned"),
    ],
)
def test_parameters_without_meaning_are_refused(wrong: dict, message: str) -> None:
    with pytest.raises(DataError, match=message):
        bin_events(Events.empty(), SENSOR, **{"dt": 0.01, **wrong})
