import numpy as np
import pytest

from polychrony.datasets import DataError
from polychrony.datasets.digits.camera import TICK, EventCamera

IDEAL = EventCamera(threshold=0.2, mismatch=0.0, dark=1.0, noise_rate=0.0)


def ramp(slope: float, steps: int, dt: float, pixels: int = 1) -> list[np.ndarray]:
    """Scenes of one row whose ln(I + 1) runs straight up."""
    return [np.full((1, 1, pixels), np.expm1(slope * k * dt)) for k in range(steps + 1)]


def test_a_ramp_fires_at_equal_intervals() -> None:
    """ln I = s t crosses thresholds every theta / s, wherever the pixel started."""
    found = IDEAL.record(ramp(50.0, 100, 1e-3), dt=1e-3)
    assert (found.address == 1).all()
    intervals = np.diff(found.ticks) * TICK
    assert intervals == pytest.approx(np.full(len(intervals), 0.2 / 50.0), abs=2 * TICK)
    assert len(found.ticks) in (24, 25, 26)  # 5 / 0.2, less or more by where it started


def test_the_frame_rate_does_not_change_a_ramp() -> None:
    coarse, fine = (IDEAL.record(ramp(50.0, 100 // n, n * 1e-3), dt=n * 1e-3) for n in (10, 1))
    assert np.abs(coarse.ticks - fine.ticks).max() <= 1


def test_darkening_fires_off_events_only() -> None:
    found = IDEAL.record(ramp(50.0, 100, 1e-3)[::-1], dt=1e-3)
    assert len(found.ticks) > 20 and (found.address == 0).all()


def test_a_scene_at_rest_is_silent() -> None:
    found = IDEAL.record([np.ones((2, 3, 3))] * 50, dt=1e-3)
    assert len(found.ticks) == 0 and found.offsets.tolist() == [0, 0, 0]


def test_the_events_follow_the_light_to_within_a_threshold() -> None:
    """Events replayed as steps of theta give ln I back, up to where the pixel started."""
    rng = np.random.default_rng(0)
    level = np.cumsum(rng.normal(0, 0.1, (200, 1, 4, 4)), axis=0)
    level -= level.min()
    found = IDEAL.record(list(np.expm1(level)), dt=1e-3)
    p, pixel = np.divmod(found.address, 16)
    for i in range(16):
        replayed = 0.2 * np.where(p[pixel == i] == 1, 1, -1).sum()
        moved = level[-1].ravel()[i] - level[0].ravel()[i]
        assert abs(replayed - moved) <= 0.4 + 1e-9


def test_recordings_are_ordered_and_inside_their_time() -> None:
    rng = np.random.default_rng(1)
    found = EventCamera(noise_rate=20.0).record(rng.random((31, 5, 4, 3)), dt=1e-3)
    assert found.offsets[0] == 0 and found.offsets[-1] == len(found.ticks)
    for a, b in zip(found.offsets[:-1], found.offsets[1:], strict=True):
        assert b > a and (np.diff(found.ticks[a:b]) >= 0).all()
    assert found.ticks.min() >= 0 and found.ticks.max() < 30_000
    assert found.address.min() >= 0 and found.address.max() < 24


def test_noise_comes_at_its_rate() -> None:
    camera = EventCamera(noise_rate=5.0)
    found = camera.record([np.ones((400, 4, 4))] * 101, dt=1e-3)
    expected = 5.0 * 0.1 * 16 * 400
    assert abs(len(found.ticks) - expected) < 5 * np.sqrt(expected)
    assert abs((found.address >= 16).mean() - 0.5) < 0.05


def test_mismatched_pixels_differ_and_the_seed_decides_how() -> None:
    frames = ramp(100.0, 100, 1e-3, pixels=50)
    count = lambda camera: np.bincount(  # noqa: E731
        camera.record(frames, dt=1e-3).address - 50, minlength=50
    )
    same, again, other = (
        count(EventCamera(threshold=0.2, mismatch=0.1, dark=1.0, noise_rate=0.0, seed=s))
        for s in (0, 0, 1)
    )
    assert (same == again).all() and (same != other).any()
    assert same.std() > 2 > count(IDEAL).std()


@pytest.mark.parametrize("wrong", [{"threshold": 0.0}, {"dark": 0.0}, {"noise_rate": -1.0}])
def test_cameras_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(DataError, match="is no camera"):
        EventCamera(**wrong)
