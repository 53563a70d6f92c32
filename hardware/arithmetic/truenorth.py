"""TrueNorth's neuron, in exact integers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.arithmetic.per_neuron import per_neuron
from polychrony.hardware.chips.truenorth import NUMBERS
from polychrony.hardware.errors import HardwareError
from polychrony.snn.kernels.threads import share_threads

IntArray = npt.NDArray[np.int64]

_NEVER = np.iinfo(np.int64).max


class CoreTrace(NamedTuple):
    """State of a core's neurons after each tick.

    Args:
        v: membrane potential after the reset, int64 [T, N].
        spikes: bool [T, N].
    """

    v: IntArray
    spikes: npt.NDArray[np.bool_]


@numba.njit(inline="always")
def _leaked(v, leak, reversal):  # type: ignore[no-untyped-def]
    if not reversal:
        return v - leak
    kept = max(abs(v) - leak, 0)
    return kept if v >= 0 else -kept


@numba.njit(parallel=True, cache=True, nogil=True)
def _integrate(  # type: ignore[no-untyped-def]
    current, threshold, leak, reset, floor, linear, reversal, limit, state, v_out, spikes
):
    n_steps, n_samples, n = current.shape
    overflow = np.full((n_samples, 2), -1, np.int64)
    for b in numba.prange(n_samples):
        v = state[b]
        for t in range(n_steps):
            for j in range(n):
                h = _leaked(v[j], leak[j], reversal) + current[t, b, j]
                if (h > limit or h < -limit - 1) and overflow[b, 0] < 0:
                    overflow[b, 0] = t
                    overflow[b, 1] = j
                if h >= threshold[j]:
                    spikes[t, b, j] = 1
                    h = h - threshold[j] if linear else reset[j]
                elif h < floor[j]:
                    h = floor[j]
                v[j] = h
                v_out[t, b, j] = h
            if overflow[b, 0] >= 0:
                break
    return overflow


def integrate_truenorth(
    current: IntArray,
    *,
    threshold: npt.ArrayLike | None,
    leak: npt.ArrayLike,
    reset: npt.ArrayLike | None = 0,
    floor: npt.ArrayLike | None = None,
    leak_reversal: bool = False,
    state_max: int = NUMBERS.state_max,
    name: str = "neurons",
    state: IntArray | None = None,
    first: int = 0,
) -> tuple[IntArray, npt.NDArray[np.uint8]]:
    """Many samples of neurons at once; `truenorth_neuron` has the equations.

    Args:
        current: what axons add in each tick, units, int64 [T, B, N].
        threshold: the neuron fires at this potential, units, scalar or [N]; None if it never does.
        leak: what the potential loses in each tick, units, scalar or [N].
        reset: potential after a spike, units, scalar or [N]; None subtracts the threshold.
        floor: the potential stays at this or above, units, scalar or [N]; None for no floor.
        leak_reversal: the leak takes from the magnitude, and stops at 0.
        state_max: largest potential; the most negative is one further from 0.
        name: population, for messages.
        state: potentials to go on from, int64 [B, N], overwritten by those after the last tick; 0
            without them.
        first: tick of the first row, for messages.

    Returns:
        Potentials after each tick, int64, and spikes, uint8, both [T, B, N].

    Raises:
        HardwareError: an argument is out of its range, or a potential overflows.
    """
    if current.ndim != 3 or current.dtype != np.int64:
        raise HardwareError(
            f"{name}: current is {current.dtype} {current.shape}, expected int64 [T, B, N]"
        )
    n, low = current.shape[2], -state_max - 1
    alpha = np.full(n, _NEVER)
    if threshold is not None:
        alpha = per_neuron(threshold, n, f"{name}: threshold", 0, state_max)
    least_leak = 0 if leak_reversal else low
    v, spikes = np.empty_like(current, order="C"), np.zeros(current.shape, np.uint8)
    share_threads(current.size)
    overflow = _integrate(
        current,
        alpha,
        per_neuron(leak, n, f"{name}: leak", least_leak, state_max),
        per_neuron(0 if reset is None else reset, n, f"{name}: reset", low, state_max),
        per_neuron(low if floor is None else floor, n, f"{name}: floor", low, 0),
        reset is None,
        leak_reversal,
        state_max,
        np.zeros(current.shape[1:], np.int64) if state is None else state,
        v,
        spikes,
    )
    broken = np.flatnonzero(overflow[:, 0] >= 0)
    if broken.size:
        step, neuron = overflow[broken[0]]
        raise HardwareError(
            f"{name}: neuron {neuron} leaves the range of {low} to {state_max} at step "
            f"{first + step} of sample {broken[0]}, where the chip's behaviour is not known; use "
            "smaller weights or a smaller leak, or fewer events per step"
        )
    return v, spikes


def _input(spikes: Any, crossbar: Any, axon_type: Any, weights: Any) -> IntArray:
    """Sum over axons of A_i w_ij S_j^{G_i}, [T, N]."""
    events, present, kind = (np.asarray(x) for x in (spikes, crossbar, axon_type))
    stored = np.asarray(weights)
    if events.ndim != 2 or present.ndim != 2 or kind.shape != present.shape[:1]:
        raise HardwareError(
            f"spikes {events.shape}, crossbar {present.shape} and axon_type {kind.shape} must be "
            "[T, axons], [axons, N] and [axons]"
        )
    if events.shape[1] != len(present) or stored.shape != (present.shape[1], NUMBERS.axon_types):
        raise HardwareError(
            f"spikes {events.shape} and weights {stored.shape} do not fit a crossbar "
            f"{present.shape}: expected [T, {len(present)}] and "
            f"[{present.shape[1]}, {NUMBERS.axon_types}]"
        )
    for what, array, low, high in (
        ("spikes", events, 0, 1),
        ("crossbar", present, 0, 1),
        ("axon_type", kind, 0, NUMBERS.axon_types - 1),
        ("weights", stored, -NUMBERS.weight_max - 1, NUMBERS.weight_max),
    ):
        if array.dtype.kind not in "iub":
            raise HardwareError(f"{what} must be bool or integers, not {array.dtype}")
        if array.size and (array.min() < low or array.max() > high):
            raise HardwareError(
                f"{what} reaches from {array.min()} to {array.max()}, allowed are {low} to {high}"
            )
    effective = present.astype(np.int64) * stored.astype(np.int64).T[kind]
    return np.asarray(events.astype(np.int64) @ effective, np.int64)


def truenorth_neuron(
    spikes: npt.ArrayLike,
    crossbar: npt.ArrayLike,
    axon_type: npt.ArrayLike,
    weights: npt.ArrayLike,
    *,
    threshold: npt.ArrayLike,
    leak: npt.ArrayLike = 0,
    reset: npt.ArrayLike | None = 0,
    floor: npt.ArrayLike | None = None,
    leak_reversal: bool = False,
) -> CoreTrace:
    """One core of TrueNorth, from a potential of 0, in exact integers.

        h[t] = v[t-1] - leak + sum_i A_i[t] w_ij S_j^{G_i}
        spike if h[t] >= threshold, then v[t] = reset; else v[t] = max(h[t], floor)

    A_i are the spikes of the axons, w_ij the crossbar, G_i the type of axon i, S_j the weights.
    Three options are recalled from Cassidy et al. 2013 and not checked against its text (evidence:
    unverified). Leak reversal: v[t-1] - leak becomes sgn(v[t-1]) * max(|v[t-1]| - leak, 0), which
    assumes that the leak stops at 0. Linear reset: v[t] = h[t] - threshold. The floor.

    Stochastic thresholds, leaks and synapses of the chip are not modelled. Only the potential after
    all axons of a tick must fit its 20 bits: the order within a tick is not published.

    Args:
        spikes: spikes of the axons, bool [T, axons].
        crossbar: whether axon i reaches neuron j, bool [axons, N]; the chip has 256 x 256.
        axon_type: type of each axon, 0 to 3, [axons].
        weights: weight of each neuron for each type, integers of 9 bits with sign, [N, 4].
        threshold: units, 0 or above; scalar or [N].
        leak: units that the potential loses in each tick; scalar or [N]. Below 0 it grows, which
            leak reversal does not allow.
        reset: potential after a spike, units, scalar or [N]; None for linear reset.
        floor: the potential stays at this or above, units, 0 or below, scalar or [N]; None for no
            floor.
        leak_reversal: the leak pulls towards 0.

    Returns:
        Potentials and spikes after each tick, [T, N] each.

    Raises:
        HardwareError: an argument is out of its range, or a potential leaves 20 bits with sign.

    Reference:
        Merolla et al., Science 345, 2014, supplement, Table S2. Options: Cassidy et al., IJCNN
        2013.
    """
    v, fired = integrate_truenorth(
        _input(spikes, crossbar, axon_type, weights)[:, np.newaxis],
        threshold=threshold,
        leak=leak,
        reset=reset,
        floor=floor,
        leak_reversal=leak_reversal,
    )
    return CoreTrace(v[:, 0], fired[:, 0].astype(bool))
