"""A modelled event camera."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from polychrony.datasets.errors import DataError

TICK = 1e-6  # event cameras stamp events in microseconds
SMALLEST_THRESHOLD = 0.25  # of the nominal one: a mismatched pixel is sensitive, not unstable

Array = NDArray[np.float64]


class Recordings(NamedTuple):
    """Events of M recordings, ordered by recording and then by time.

    Args:
        ticks: times, microseconds, int32 [E].
        address: p * W * H + y * W + x, int32 [E].
        offsets: recording m is events offsets[m] to offsets[m + 1], int64 [M + 1].
    """

    ticks: NDArray[np.int32]
    address: NDArray[np.int32]
    offsets: NDArray[np.int64]


@dataclass(frozen=True)
class EventCamera:
    """Pixels that report changes of the logarithm of brightness.

        L = ln(I + dark)
        ON  event, and L_ref += theta_on,  when L - L_ref >=  theta_on
        OFF event, and L_ref -= theta_off, when L - L_ref <= -theta_off

    Each pixel has thresholds of its own, the same in every recording, and starts somewhere between
    them. Events of noise come as a Poisson process at every pixel and leave L_ref alone. There is
    no refractory time, no bandwidth limit and no arbitration.

    Args:
        threshold: nominal contrast threshold theta, in ln(I).
        mismatch: standard deviation of the thresholds over pixels, as a part of `threshold`.
        dark: brightness added to the image, on its scale; bounds the contrast of black.
        noise_rate: events of noise, 1/s per pixel, half of them ON.
        seed: seed of thresholds, starting points and noise.

    Raises:
        DataError: a parameter makes no sense.

    Reference:
        The pixel of Lichtsteiner et al. 2008, doi:10.1109/JSSC.2007.914337, ideal but for mismatch
        and background activity.
    """

    threshold: float = 0.35
    mismatch: float = 0.08
    dark: float = 0.15
    noise_rate: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        if not (self.threshold > 0 and self.dark > 0 and min(self.mismatch, self.noise_rate) >= 0):
            raise DataError(
                f"{self} is no camera: threshold and dark must be positive, "
                "mismatch and noise_rate not negative"
            )

    def record(self, frames: Iterable[Array], *, dt: float) -> Recordings:
        """Records M scenes at once.

        ln brightness is taken to run straight between two frames, and the times of events are
        those at which that line crosses the thresholds.

        Args:
            frames: brightness of the M scenes at 0, dt, 2 dt, ..., each [M, H, W], not negative.
            dt: time between frames, s.

        Returns:
            The events of all scenes.
        """
        rng = np.random.default_rng(self.seed)
        frames = iter(frames)
        level = self._log(next(frames))
        scenes, size = len(level), level[0].size
        level = level.reshape(scenes, size)
        on, off = self._thresholds(rng, size), self._thresholds(rng, size)
        reference = level + rng.uniform(-on, off, size=(scenes, size))
        found: list[tuple[NDArray[np.int64], Array]] = []
        steps = 0
        for frame in frames:
            after = self._log(frame).reshape(scenes, size)
            for sign, theta in ((1, on), (-1, off)):
                cell, when = _crossings(level, after, reference, sign * theta)
                found.append((cell + size * (sign > 0), (steps + when) * dt))
            level, steps = after, steps + 1
        found.append(self._noise(rng, scenes, size, steps * dt))
        address, times = (np.concatenate(part) for part in zip(*found, strict=True))
        return _ordered(address, times, scenes, size, last_tick=round(steps * dt / TICK) - 1)

    def _log(self, brightness: Array) -> Array:
        return np.log(brightness + self.dark)

    def _thresholds(self, rng: np.random.Generator, size: int) -> Array:
        spread = 1 + self.mismatch * rng.standard_normal(size)
        return self.threshold * np.maximum(spread, SMALLEST_THRESHOLD)

    def _noise(
        self, rng: np.random.Generator, scenes: int, size: int, duration: float
    ) -> tuple[NDArray[np.int64], Array]:
        count = rng.poisson(self.noise_rate * duration * size, size=scenes)
        scene = np.repeat(np.arange(scenes), count)
        address = rng.integers(2 * size, size=len(scene))
        return scene * 2 * size + address, rng.uniform(0, duration, size=len(scene))


def _crossings(
    before: Array, after: Array, reference: Array, theta: Array
) -> tuple[NDArray[np.int64], Array]:
    """Threshold crossings of one sign between two frames; moves the reference in place.

    Returns:
        Address of each event without polarity, 2 * size per scene, and its time in frames, 0 to 1.
    """
    size = before.shape[1]
    moved = after - reference
    # Few pixels fire between two frames: find them before dividing.
    scene, pixel = np.nonzero(moved >= theta if theta[0] > 0 else moved <= theta)
    count = (moved[scene, pixel] / theta[pixel]).astype(np.int64)
    event = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(event)) - np.repeat(np.cumsum(count) - count, count) + 1
    step = theta[pixel]
    start, end, held = before[scene, pixel], after[scene, pixel], reference[scene, pixel]
    crossed = held[event] + nth * step[event]
    # A level resting on a threshold may cross it by rounding alone: then at once.
    slope = np.where(end == start, np.inf, end - start)
    when = np.clip((crossed - start[event]) / slope[event], 0.0, 1.0)
    reference[scene, pixel] = held + count * step
    return (scene * 2 * size + pixel)[event], when


def _ordered(
    address: NDArray[np.int64], times: Array, scenes: int, size: int, *, last_tick: int
) -> Recordings:
    ticks = np.minimum((times / TICK).astype(np.int64), last_tick)
    scene = address // (2 * size)
    order = np.lexsort((address, ticks, scene))
    offsets = np.zeros(scenes + 1, np.int64)
    np.cumsum(np.bincount(scene, minlength=scenes), out=offsets[1:])
    return Recordings(
        ticks[order].astype(np.int32), (address % (2 * size))[order].astype(np.int32), offsets
    )
