import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polychrony.datasets import DataError, Events, SensorSize, channels, check_events

SENSOR = SensorSize(4, 3, 2)


def events(t=(0.0, 0.5), x=(0, 3), y=(0, 2), p=(0, 1)) -> Events:
    return Events(np.array(t), np.array(x, "i4"), np.array(y, "i4"), np.array(p, "i1"))


def test_events_inside_the_sensor_pass() -> None:
    check_events(events(), SENSOR)
    check_events(Events.empty(), SENSOR)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"t": (0.0, -0.1)}, "event 1 is at -0.1 s"),
        ({"t": (np.nan, 0.1)}, "event 0 is at nan s"),
        ({"t": (0.0, np.inf)}, "event 1 is at inf s"),
        ({"t": (0.2, 0.1)}, "event 1 is earlier"),
        ({"t": (0.1,)}, "of one length"),
        ({"x": (0, 4)}, "x spans 0 to 4.*0 to 3"),
        ({"y": (-1, 2)}, "y spans -1 to 2.*0 to 2"),
        ({"p": (0, 2)}, "p spans 0 to 2.*0 to 1"),
    ],
)
def test_events_no_sensor_sent_are_refused(wrong: dict, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        check_events(events(**wrong), SENSOR)
    assert "\n" not in str(caught.value)


def test_sorting_is_stable_and_keeps_columns_together() -> None:
    made = Events.sorted([0.2, 0.1, 0.2, 0.1], [0, 1, 2, 3], p=[1, 0, 0, 1])
    assert made.x.tolist() == [1, 3, 0, 2]
    assert made.p.tolist() == [0, 1, 1, 0]
    assert made.y.tolist() == [0, 0, 0, 0]
    assert made.t.dtype == np.float64


def test_half_precision_times_are_widened_before_arithmetic() -> None:
    made = Events.sorted(np.array([0.5, 1.2], np.float16), [0, 0])
    assert np.isfinite(made.t * 1e6).all()


@given(st.builds(SensorSize, *[st.integers(1, 6)] * 2, st.integers(1, 2)))
def test_every_pixel_and_polarity_has_its_own_channel(size: SensorSize) -> None:
    p, y, x = (a.ravel() for a in np.indices((size.polarities, size.height, size.width)))
    all_pixels = Events.sorted(np.zeros(len(x)), x, y, p)
    assert channels(all_pixels, size).tolist() == list(range(size.n_channels))
