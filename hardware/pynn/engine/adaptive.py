"""Cells whose potential escapes exponentially, and cells with channels; compiled."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.pynn.engine import layout as at
from polychrony.hardware.pynn.engine.dynamics import receive

FloatArray = npt.NDArray[np.float64]


@numba.njit(cache=True)
def _drive(s: FloatArray, c: FloatArray, i: int, t: float, v: float, inp: float) -> float:
    """Current of receptors and inputs at a time within the step, nA."""
    exc = np.exp(-t / c[at.TAU_EXC, i]) * (s[at.G_EXC, i] + t * s[at.X_EXC, i])
    inh = np.exp(-t / c[at.TAU_INH, i]) * (s[at.G_INH, i] + t * s[at.X_INH, i])
    return float(exc * (c[at.E_EXC, i] - v) + inh * (c[at.E_INH, i] - v) + inp)


@numba.njit(cache=True)
def _escape(
    s: FloatArray, c: FloatArray, i: int, t: float, v: float, w: float, inp: float
) -> tuple[float, float]:
    v = min(v, c[at.V_THRESH, i])
    leak = c[at.RATE, i] * (c[at.V_REST, i] - v)
    if c[at.DELTA_T, i] > 0:
        leak += c[at.RATE, i] * c[at.DELTA_T, i] * np.exp((v - c[at.V_T, i]) / c[at.DELTA_T, i])
    dv = leak + c[at.INVERSE_C, i] * (_drive(s, c, i, t, v, inp) - w)
    return dv, (c[at.ADAPT, i] * (v - c[at.V_REST, i]) - w) / c[at.TAU_W, i]


@numba.njit(cache=True)
def adaptive_step(
    s: FloatArray, c: FloatArray, i: int, free: bool, inp: float, exc: float, inh: float
) -> None:
    """Step of an adaptive exponential cell, in parts by Runge-Kutta, until it fires."""
    parts = int(c[at.PARTS, i])
    h = c[at.STEP, i] / parts
    v, w = s[at.V, i], s[at.W, i]
    for k in range(parts):
        t = k * h
        v1, w1 = _escape(s, c, i, t, v, w, inp)
        if not free:
            v1 = 0.0
        v2, w2 = _escape(s, c, i, t + h / 2, v + h / 2 * v1, w + h / 2 * w1, inp)
        v3, w3 = _escape(s, c, i, t + h / 2, v + h / 2 * v2 * free, w + h / 2 * w2, inp)
        v4, w4 = _escape(s, c, i, t + h, v + h * v3 * free, w + h * w3, inp)
        if free:
            v += h / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
        w += h / 6 * (w1 + 2 * w2 + 2 * w3 + w4)
        if v >= c[at.V_THRESH, i]:
            break
    s[at.V, i], s[at.W, i] = v, w
    receive(s, c, i, exc, inh)


@numba.njit(cache=True)
def _linoid(x: float, scale: float) -> float:
    """X / (exp(x / scale) - 1), also at 0."""
    if abs(x) < 1e-6 * scale:
        return scale - x / 2
    return float(x / np.expm1(x / scale))


@numba.njit(cache=True)
def _channels(
    c: FloatArray, i: int, y: tuple[float, float, float, float], drive: float
) -> tuple[float, float, float, float]:
    v, m, h, n = y
    u = v - c[at.V_OFFSET, i]
    sodium = c[at.G_NA, i] * m * m * m * h * (c[at.E_NA, i] - v)
    potassium = c[at.G_K, i] * n**4 * (c[at.E_K, i] - v)
    leak = c[at.G_LEAK, i] * (c[at.V_REST, i] - v)
    dv = c[at.INVERSE_C, i] * (sodium + potassium + leak + drive)
    dm = 0.32 * _linoid(13 - u, 4.0) * (1 - m) - 0.28 * _linoid(u - 40, 5.0) * m
    dh = 0.128 * np.exp((17 - u) / 18) * (1 - h) - 4 / (1 + np.exp((40 - u) / 5)) * h
    dn = 0.032 * _linoid(15 - u, 5.0) * (1 - n) - 0.5 * np.exp((10 - u) / 40) * n
    return dv, dm, dh, dn


@numba.njit(cache=True)
def _moved(
    y: tuple[float, float, float, float], d: tuple[float, float, float, float], h: float
) -> tuple[float, float, float, float]:
    return y[0] + h * d[0], y[1] + h * d[1], y[2] + h * d[2], y[3] + h * d[3]


@numba.njit(cache=True)
def channel_step(s: FloatArray, c: FloatArray, i: int, inp: float, exc: float, inh: float) -> None:
    """Step of a cell with sodium and potassium channels after Traub and Miles."""
    parts = int(c[at.PARTS, i])
    h = c[at.STEP, i] / parts
    y = (s[at.V, i], s[at.M, i], s[at.H, i], s[at.N, i])
    for k in range(parts):
        t = k * h
        k1 = _channels(c, i, y, _drive(s, c, i, t, y[0], inp))
        y2 = _moved(y, k1, h / 2)
        k2 = _channels(c, i, y2, _drive(s, c, i, t + h / 2, y2[0], inp))
        y3 = _moved(y, k2, h / 2)
        k3 = _channels(c, i, y3, _drive(s, c, i, t + h / 2, y3[0], inp))
        y4 = _moved(y, k3, h)
        k4 = _channels(c, i, y4, _drive(s, c, i, t + h, y4[0], inp))
        y = _moved(_moved(_moved(_moved(y, k1, h / 6), k2, h / 3), k3, h / 3), k4, h / 6)
    s[at.V, i], s[at.M, i], s[at.H, i], s[at.N, i] = y
    receive(s, c, i, exc, inh)
