"""Equations of one cell over one step, compiled."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.pynn.engine import layout as at
from polychrony.hardware.pynn.engine.coefficients import NODES

FloatArray = npt.NDArray[np.float64]

_NODES = tuple(float(node) for node in NODES)
_WEIGHTS = (5 / 18, 8 / 18, 5 / 18)


@numba.njit(cache=True)
def receive(s: FloatArray, c: FloatArray, i: int, excited: float, inhibited: float) -> None:
    """Receptors decay over the step, then take the spikes that arrive at its end."""
    h = c[at.STEP, i]
    s[at.G_EXC, i] = c[at.DECAY_EXC, i] * (s[at.G_EXC, i] + h * s[at.X_EXC, i])
    s[at.G_INH, i] = c[at.DECAY_INH, i] * (s[at.G_INH, i] + h * s[at.X_INH, i])
    s[at.G_EXC, i] += c[at.KICK_G, i] * excited
    s[at.G_INH, i] += c[at.KICK_G, i] * inhibited
    s[at.X_EXC, i] = c[at.DECAY_EXC, i] * s[at.X_EXC, i] + c[at.KICK_X_EXC, i] * excited
    s[at.X_INH, i] = c[at.DECAY_INH, i] * s[at.X_INH, i] + c[at.KICK_X_INH, i] * inhibited


@numba.njit(cache=True)
def current_step(
    s: FloatArray, c: FloatArray, i: int, free: bool, inp: float, exc: float, inh: float
) -> None:
    """Exact step of a cell with synaptic currents; `free` of its refractory period or not."""
    if free:
        v = c[at.FROM_V, i] * (s[at.V, i] - c[at.V_REST, i]) + c[at.FROM_I, i] * inp
        v += c[at.FROM_G_EXC, i] * s[at.G_EXC, i] + c[at.FROM_G_INH, i] * s[at.G_INH, i]
        v += c[at.FROM_X_EXC, i] * s[at.X_EXC, i] + c[at.FROM_X_INH, i] * s[at.X_INH, i]
        s[at.V, i] = c[at.V_REST, i] + v
    receive(s, c, i, exc, inh)


@numba.njit(cache=True)
def delta_step(
    s: FloatArray, c: FloatArray, i: int, free: bool, inp: float, exc: float, inh: float
) -> None:
    """Exact step of a cell whose potential jumps; spikes in its refractory period are lost."""
    if free:
        v = c[at.FROM_V, i] * (s[at.V, i] - c[at.V_REST, i]) + c[at.FROM_I, i] * inp
        s[at.V, i] = c[at.V_REST, i] + v + exc + inh


@numba.njit(cache=True)
def _charge(g: float, x: float, tau: float, left: float, t: float) -> float:
    """Integral of a receptor's conductance from 0 to t, `left` being exp(-t / tau)."""
    gone = tau * (1 - left)
    return g * gone + x * tau * (gone - t * left)


@numba.njit(cache=True)
def conductance_step(
    s: FloatArray, c: FloatArray, i: int, free: bool, inp: float, exc: float, inh: float
) -> None:
    """Step of a cell with conductances.

    The potential follows  dv/dt = -l(t) (v - v0) + b(t)  from v0. Its solution
    integral of b(t) exp(L(t) - L(h)) is taken with L, the integral of l, in closed form and the
    outer integral by three Gauss-Legendre nodes: an error of the seventh order in the step.
    """
    if free:
        h, v = c[at.STEP, i], s[at.V, i]
        ge, gi, xe, xi = s[at.G_EXC, i], s[at.G_INH, i], s[at.X_EXC, i], s[at.X_INH, i]
        te, ti = c[at.TAU_EXC, i], c[at.TAU_INH, i]
        per_c, rate = c[at.INVERSE_C, i], c[at.RATE, i]
        total = _charge(ge, xe, te, c[at.DECAY_EXC, i], h)
        total += _charge(gi, xi, ti, c[at.DECAY_INH, i], h)
        whole = rate * h + per_c * total
        to_rest = rate * (c[at.V_REST, i] - v) + per_c * inp
        to_exc, to_inh = per_c * (c[at.E_EXC, i] - v), per_c * (c[at.E_INH, i] - v)
        moved = 0.0
        for k in range(3):
            t = _NODES[k] * h
            left_e, left_i = c[at.NODES_EXC + k, i], c[at.NODES_INH + k, i]
            so_far = _charge(ge, xe, te, left_e, t) + _charge(gi, xi, ti, left_i, t)
            drive = to_rest + left_e * (ge + t * xe) * to_exc + left_i * (gi + t * xi) * to_inh
            moved += _WEIGHTS[k] * h * drive * np.exp(rate * t + per_c * so_far - whole)
        s[at.V, i] = v + moved
    receive(s, c, i, exc, inh)


@numba.njit(cache=True)
def _izhikevich(v: float, u: float, inp: float, a: float, b: float) -> tuple[float, float]:
    return 0.04 * v * v + 5 * v + 140 - u + inp, a * (b * v - u)


@numba.njit(cache=True)
def izhikevich_step(
    s: FloatArray, c: FloatArray, i: int, inp: float, exc: float, inh: float
) -> None:
    """Runge-Kutta step of fourth order of Izhikevich's cell; 1 pA counts as 1 mV/ms."""
    h, a, b = c[at.STEP, i], c[at.A, i], c[at.B, i]
    v, u, drive = s[at.V, i], s[at.U, i], 1000 * inp
    v1, u1 = _izhikevich(v, u, drive, a, b)
    v2, u2 = _izhikevich(v + h / 2 * v1, u + h / 2 * u1, drive, a, b)
    v3, u3 = _izhikevich(v + h / 2 * v2, u + h / 2 * u2, drive, a, b)
    v4, u4 = _izhikevich(v + h * v3, u + h * u3, drive, a, b)
    s[at.V, i] = v + h / 6 * (v1 + 2 * v2 + 2 * v3 + v4) + exc + inh
    s[at.U, i] = u + h / 6 * (u1 + 2 * u2 + 2 * u3 + u4)
