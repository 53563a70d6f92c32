"""How the camera looks at a digit: three saccades along a triangle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Saccades:
    """Straight eye movements from corner to corner, as N-MNIST was recorded.

    Within a saccade the displacement follows a raised cosine, c(s) = (1 - cos(pi s)) / 2 for
    s from 0 to 1: at rest at both corners, fastest between them.

    Args:
        corners: displacement of the image at the corners, pixels, (x, y) each; the path returns to
            the first.
        duration: time from one corner to the next, s.

    Reference:
        Orchard et al. 2015, doi:10.3389/fnins.2015.00437: an isosceles triangle in three saccades
        of 100 ms. The profile of speed is ours; theirs is that of a pan-tilt unit.
    """

    corners: tuple[tuple[float, float], ...] = ((-1.5, 1.5), (0.0, -1.5), (1.5, 1.5))
    duration: float = 0.1

    @property
    def total_duration(self) -> float:
        """Time of the whole path, s."""
        return len(self.corners) * self.duration

    def displacement(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """Displacement of the image, pixels, [len(t), 2], at times t, s, within the path."""
        corners = np.asarray(self.corners, dtype=np.float64)
        leg = np.minimum((t / self.duration).astype(np.int64), len(corners) - 1)
        s = np.clip(t / self.duration - leg, 0.0, 1.0)
        start, end = corners[leg], corners[(leg + 1) % len(corners)]
        progress: NDArray[np.float64] = (1 - np.cos(np.pi * s)) / 2
        path: NDArray[np.float64] = start + (end - start) * progress[:, None]
        return path


def render(
    images: NDArray[np.float64],
    displacements: NDArray[np.float64],
    *,
    sensor: int,
    scale: float,
) -> Iterator[NDArray[np.float64]]:
    """Projects images onto a square sensor, once for each displacement.

    Image cells are smoothed by the quadratic B-spline, which is zero beyond 1.5 cells: outside
    that reach the sensor sees exactly nothing. The projection is separable, I = A_y image A_x'.

    Args:
        images: brightness, [M, n, n].
        displacements: displacement of the image from the middle of the sensor, pixels, [K, 2].
        sensor: pixels along each side.
        scale: pixels per image cell.

    Yields:
        Brightness on the sensor, [M, sensor, sensor], for each displacement.
    """
    cells = images.shape[-1]
    pixel = np.arange(sensor) - (sensor - 1) / 2
    cell = (np.arange(cells) - (cells - 1) / 2) * scale
    for dx, dy in displacements:
        a_x = _quadratic_b_spline((pixel[:, None] - dx - cell[None, :]) / scale)
        a_y = _quadratic_b_spline((pixel[:, None] - dy - cell[None, :]) / scale)
        yield a_y @ images @ a_x.T


def _quadratic_b_spline(u: NDArray[np.float64]) -> NDArray[np.float64]:
    u = np.abs(u)
    return np.where(u < 0.5, 0.75 - u**2, np.where(u < 1.5, (1.5 - u) ** 2 / 2, 0.0))
