"""From parameters of cells to what a step of their compiled equations needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import expm

from polychrony.hardware.pynn.engine import layout as at

FloatArray = npt.NDArray[np.float64]
Parameters = Mapping[str, npt.NDArray[Any]]

# Gauss-Legendre nodes on [0, 1], at which conductances are looked at within a step.
NODES = (np.polynomial.legendre.leggauss(3)[0] + 1) / 2


def steps(times: npt.ArrayLike, dt: float) -> npt.NDArray[np.int64]:
    """Whole number of steps closest to each time.

    Args:
        times: ms.
        dt: step, ms.
    """
    return np.rint(np.asarray(times, np.float64) / dt).astype(np.int64)


def propagators(tau_m: FloatArray, tau_syn: FloatArray, cm: FloatArray, dt: float) -> FloatArray:
    """What a receptor's state adds to the potential over a step; time constants may agree.

    Args:
        tau_m: membrane time constant of each cell, ms, [N].
        tau_syn: time constant of the receptor, ms, [N].
        cm: capacity, nF, [N].
        dt: step, ms.

    Returns:
        mV per nA of current, and mV per nA/ms of what feeds it, [2, N].
    """
    columns, back = np.unique(np.stack([tau_m, tau_syn, cm]), axis=1, return_inverse=True)
    system = np.zeros((columns.shape[1], 3, 3))
    system[:, 0, 0] = -1 / columns[0]
    system[:, 0, 1] = 1 / columns[2]
    system[:, 1, 1] = system[:, 2, 2] = -1 / columns[1]
    system[:, 1, 2] = 1
    result: FloatArray = expm(system * dt)[:, 0, 1:].T[:, back.reshape(-1)]
    return result


def _spiking(p: Parameters, rows: int, dt: float) -> FloatArray:
    coefs = np.zeros((rows, len(p["v_reset"])))
    coefs[at.V_RESET], coefs[at.V_THRESH] = p["v_reset"], p["v_thresh"]
    coefs[at.REFRACTORY] = steps(p["tau_refrac"], dt)
    coefs[at.I_OFFSET], coefs[at.V_REST], coefs[at.STEP] = p["i_offset"], p["v_rest"], dt
    return coefs


def _receptors(coefs: FloatArray, p: Parameters, alpha: bool, dt: float) -> None:
    coefs[at.DECAY_EXC] = np.exp(-dt / p["tau_syn_E"])
    coefs[at.DECAY_INH] = np.exp(-dt / p["tau_syn_I"])
    if alpha:  # the weight is the peak, tau after the spike
        coefs[at.KICK_X_EXC], coefs[at.KICK_X_INH] = np.e / p["tau_syn_E"], np.e / p["tau_syn_I"]
    else:
        coefs[at.KICK_G] = 1


def delta(p: Parameters, dt: float) -> FloatArray:
    """Coefficients of cells whose potential jumps by the weight.

    Args:
        p: parameters of each cell, [N], by their names in PyNN.
        dt: step, ms.

    Returns:
        A table whose rows `layout` names, [rows, N].
    """
    coefs = _spiking(p, 17, dt)
    coefs[at.FROM_V] = np.exp(-dt / p["tau_m"])
    coefs[at.FROM_I] = -np.expm1(-dt / p["tau_m"]) * p["tau_m"] / p["cm"]
    return coefs


def current_based(p: Parameters, dt: float, alpha: bool) -> FloatArray:
    """Coefficients of cells with synaptic currents, as `delta`.

    Args:
        p: parameters of each cell, [N], by their names in PyNN.
        dt: step, ms.
        alpha: alpha-shaped currents instead of exponential ones.
    """
    coefs = delta(p, dt)
    _receptors(coefs, p, alpha, dt)
    for tau, g, x in (
        ("tau_syn_E", at.FROM_G_EXC, at.FROM_X_EXC),
        ("tau_syn_I", at.FROM_G_INH, at.FROM_X_INH),
    ):
        coefs[g], coefs[x] = propagators(p["tau_m"], p[tau], p["cm"], dt)
    return coefs


def conductance_based(p: Parameters, dt: float, alpha: bool) -> FloatArray:
    """Coefficients of cells with synaptic conductances, as `delta`.

    Args:
        p: parameters of each cell, [N], by their names in PyNN.
        dt: step, ms.
        alpha: alpha-shaped conductances instead of exponential ones.
    """
    coefs = _spiking(p, 30, dt)
    _receptors(coefs, p, alpha, dt)
    coefs[at.RATE], coefs[at.INVERSE_C] = 1 / p["tau_m"], 1 / p["cm"]
    coefs[at.E_EXC], coefs[at.E_INH] = p["e_rev_E"], p["e_rev_I"]
    coefs[at.TAU_EXC], coefs[at.TAU_INH] = p["tau_syn_E"], p["tau_syn_I"]
    nodes = NODES[:, np.newaxis] * dt
    coefs[at.NODES_EXC : at.NODES_EXC + 3] = np.exp(-nodes / p["tau_syn_E"])
    coefs[at.NODES_INH : at.NODES_INH + 3] = np.exp(-nodes / p["tau_syn_I"])
    return coefs


def _parts(dt: float, longest: float) -> float:
    """Number of equal parts of a step, none longer than a time in ms."""
    return float(np.ceil(dt / longest - 1e-9))


def adaptive(p: Parameters, dt: float, alpha: bool) -> FloatArray:
    """Coefficients of adaptive exponential cells, as `delta`.

    Args:
        p: parameters of each cell, [N], by their names in PyNN.
        dt: step, ms.
        alpha: alpha-shaped conductances instead of exponential ones.
    """
    coefs = conductance_based(p, dt, alpha)
    coefs[at.ADAPT], coefs[at.JUMP] = p["a"] * 1e-3, p["b"]  # nS to uS
    coefs[at.DELTA_T], coefs[at.V_T], coefs[at.TAU_W] = p["delta_T"], p["v_thresh"], p["tau_w"]
    coefs[at.V_THRESH] = np.where(p["delta_T"] > 0, p["v_spike"], p["v_thresh"])
    coefs[at.PARTS] = _parts(dt, 0.02)
    return coefs


def channels(p: Parameters, dt: float) -> FloatArray:
    """Coefficients of cells with channels, as `delta`.

    Args:
        p: parameters of each cell, [N], by their names in PyNN.
        dt: step, ms.
    """
    passive = {
        **p,
        "tau_m": p["cm"] / p["g_leak"],
        "v_rest": p["e_rev_leak"],
        "v_reset": p["e_rev_leak"],
        "v_thresh": np.zeros(len(p["cm"])),  # a spike is seen as it passes 0 mV
        "tau_refrac": np.zeros(len(p["cm"])),
    }
    coefs = conductance_based(passive, dt, alpha=False)
    coefs[at.V_OFFSET], coefs[at.G_LEAK] = p["v_offset"], p["g_leak"]
    coefs[at.G_NA], coefs[at.G_K] = p["gbar_Na"], p["gbar_K"]
    coefs[at.E_NA], coefs[at.E_K] = p["e_rev_Na"], p["e_rev_K"]
    coefs[at.PARTS] = _parts(dt, 0.01)
    return coefs


def izhikevich(p: Parameters, dt: float) -> FloatArray:
    """Coefficients of Izhikevich's cells, as `delta`.

    Args:
        p: parameters of each cell, [N], by their names in PyNN.
        dt: step, ms.
    """
    coefs = np.zeros((8, len(p["a"])))
    coefs[at.V_RESET], coefs[at.V_THRESH] = p["c"], 30.0  # mV, the published peak
    coefs[at.I_OFFSET] = p["i_offset"]
    coefs[at.A], coefs[at.B], coefs[at.D] = p["a"], p["b"], p["d"]
    coefs[at.STEP] = dt
    return coefs
