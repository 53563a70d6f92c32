"""Between time constants, which NIR has, and factors per step, which networks here have."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from polychrony.snn.exchange.nir.errors import NirError

Discretization = Literal["euler", "exact"]
Reals = npt.NDArray[np.float64]

NEVER = 2.0**60  # steps; a leak so slow that the factor of one step rounds to 1
AT_ONCE = 2.0**-10  # steps; a leak so fast that exp(-1 / AT_ONCE) is 0


def time_constant(decay: npt.NDArray[Any], dt: float, how: Discretization) -> Reals:
    """Time constant that gives a factor per step, in the unit of `dt`, float64.

        tau = dt / (1 - decay) (`"euler"`) or -dt / ln(decay) (`"exact"`)

    A factor of 1 becomes 2^60 steps, and with `"exact"` a factor of 0 becomes 2^-10 steps; both
    read back as they were.

    Args:
        decay: factor of each neuron, in [0, 1].
        dt: duration of a step.
        how: how a reader makes the factor.
    """
    factor = decay.astype(np.float64)
    with np.errstate(divide="ignore"):
        steps = 1 / (1 - factor) if how == "euler" else np.abs(1 / np.log(factor))
    return dt * np.clip(steps, AT_ONCE, NEVER)


def decay_of(tau: npt.NDArray[Any], dt: float, how: Discretization) -> tuple[Reals, Reals]:
    """Factor per step of a time constant, and what is left of 1, each as exact as it can be.

    Args:
        tau: time constants, above 0.
        dt: duration of a step, in the same unit.
        how: `"euler"` for 1 - dt / tau, `"exact"` for exp(-dt / tau).

    Returns:
        decay and 1 - decay, float64.

    Raises:
        NirError: a time constant is shorter than a step, which `"euler"` cannot follow.
    """
    ratio = dt / tau.astype(np.float64)
    if how == "exact":
        return np.exp(-ratio), -np.expm1(-ratio)
    if (ratio > 1 + 1e-9).any():
        raise NirError(
            f"a time constant of {float(tau.min()):g} is shorter than a step of {dt:g}, which "
            "forward Euler cannot follow; read it with discretization='exact' or a shorter dt"
        )
    return 1 - np.minimum(ratio, 1), np.minimum(ratio, 1)


def strict_threshold(at_or_above: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Threshold of NIR, v > threshold, that fires exactly where v >= `at_or_above`, in float32."""
    return np.nextafter(at_or_above, np.float32(-np.inf))


def inclusive_threshold(above: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Smallest float32 above each threshold of NIR: v >= it is v > `above` for float32 v."""
    rounded = above.astype(np.float32)
    up = np.nextafter(rounded, np.float32(np.inf))
    return np.where(rounded.astype(np.float64) > above.astype(np.float64), rounded, up)


def whole_steps(delay: npt.NDArray[Any], dt: float) -> npt.NDArray[np.int64]:
    """Delays in steps.

    Args:
        delay: delays, at least 0, in the unit of `dt`.
        dt: duration of a step.

    Raises:
        NirError: one is no whole number of steps (to a thousandth of a step), or too long to count.
    """
    steps = delay.astype(np.float64) / dt
    if (steps > 2**30).any():
        raise NirError(f"a delay of {steps.max():g} steps is longer than 2^30; is dt right?")
    whole = np.rint(steps)
    off = np.abs(steps - whole)
    if (off > 1e-3).any():
        worst = float(steps.flat[off.argmax()])
        raise NirError(
            f"a delay of {worst:g} steps of {dt:g} is no whole number of steps; give the dt for "
            "which delays are whole, or round them before"
        )
    return whole.astype(np.int64)
