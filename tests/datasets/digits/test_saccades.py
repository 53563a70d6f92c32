import numpy as np
import pytest

from polychrony.datasets.digits.dataset import FRAME, SCALE, SENSOR
from polychrony.datasets.digits.saccades import Saccades, render


def test_the_path_visits_its_corners_and_returns() -> None:
    saccades = Saccades()
    assert saccades.total_duration == pytest.approx(0.3)
    visited = saccades.displacement(np.array([0.0, 0.1, 0.2, 0.3]))
    assert visited == pytest.approx(np.array([*saccades.corners, saccades.corners[0]]))


def test_the_camera_rests_at_the_corners_and_is_fastest_between() -> None:
    path = Saccades().displacement(np.linspace(0, 0.1, 101))
    speed = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert speed.argmax() in (49, 50)
    assert speed[0] < 0.05 * speed.max() and speed[-1] < 0.05 * speed.max()


def test_nothing_of_the_image_reaches_the_border() -> None:
    saccades = Saccades()
    path = saccades.displacement(np.arange(round(saccades.total_duration / FRAME) + 1) * FRAME)
    white = np.ones((1, 8, 8))
    for frame in render(white, path, sensor=SENSOR, scale=SCALE):
        for edge in (frame[0, 0], frame[0, -1], frame[0, :, 0], frame[0, :, -1]):
            assert edge == pytest.approx(0.0, abs=1e-12)
        assert frame.max() == pytest.approx(1.0)  # the smoothing kernels add up to one


def test_a_displacement_moves_the_image() -> None:
    image = np.random.default_rng(0).random((1, 8, 8))
    moves = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, -1.0]])
    rest, right, up = render(image, moves, sensor=SENSOR, scale=SCALE)
    assert right[0, :, 1:] == pytest.approx(rest[0, :, :-1])
    assert up[0, :-1] == pytest.approx(rest[0, 1:])
