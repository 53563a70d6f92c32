"""Loihi's leaky integrate-and-fire neuron, bit by bit."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.arithmetic.per_neuron import per_neuron
from polychrony.hardware.chips.loihi import NUMBERS
from polychrony.hardware.errors import HardwareError, PotentialRangeError
from polychrony.hardware.numbers import NumberFormat
from polychrony.snn.kernels.threads import share_threads

IntArray = npt.NDArray[np.int64]

NEVER = np.iinfo(np.int64).max
"""Threshold, in units, of a neuron that only integrates."""

_ONE = NUMBERS.decay_one


class Trace(NamedTuple):
    """State of neurons after each step.

    Args:
        u: current, int64 [T, N].
        v: membrane potential after the reset, int64 [T, N].
        spikes: bool [T, N].
    """

    u: IntArray
    v: IntArray
    spikes: npt.NDArray[np.bool_]


class LoihiState(NamedTuple):
    """What neurons carry from one step to the next.

    Args:
        u: current, units, int64 [B, N].
        v: potential after the reset, units, int64 [B, N].
        wait: further steps in which a neuron is refractory, int64 [B, N].
    """

    u: IntArray
    v: IntArray
    wait: IntArray

    @classmethod
    def rest(cls, n_samples: int, n: int) -> LoihiState:
        """State of neurons to which nothing has happened."""
        return cls(*np.zeros((3, n_samples, n), np.int64))


def synaptic_weight(mantissa: Any, exponent: int, numbers: NumberFormat = NUMBERS) -> IntArray:
    """Weight that a synapse adds to the current.

        weight = floor(mantissa * 2^(6 + exponent) / 64) * 64, clipped to +-(2^21 - 64)

    Args:
        mantissa: signed integers of 9 bits, any shape.
        exponent: -8 to 7.
        numbers: widths of the integers, if they are not Loihi's.

    Returns:
        Weights, units, int64.

    Raises:
        HardwareError: a mantissa or the exponent is out of range.
    """
    values = np.asarray(mantissa)
    if values.dtype.kind not in "iub":
        raise HardwareError(f"weights must be integer mantissas, not {values.dtype}")
    values = values.astype(np.int64)
    low, high = -numbers.mantissa_max - 1, numbers.mantissa_max
    if values.size and (values.min() < low or values.max() > high):
        raise HardwareError(
            f"weight mantissas reach from {values.min()} to {values.max()}, but "
            f"{numbers.weight_bits} bits hold {low} to {high}; use a larger exponent"
        )
    if not numbers.exponent_min <= exponent <= numbers.exponent_max:
        raise HardwareError(
            f"weight exponent is {exponent}, allowed are {numbers.exponent_min} to "
            f"{numbers.exponent_max}"
        )
    # A right shift floors, also below 0; whole steps of 64 remain by construction.
    counts = values << exponent if exponent >= 0 else values >> -exponent
    limit = numbers.weight_limit
    return np.asarray(np.clip(counts << numbers.unit_bits, -limit, limit), dtype=np.int64)


@numba.njit(cache=True)
def _decayed(x, decay, bits):  # type: ignore[no-untyped-def]
    kept = (abs(x) * ((1 << bits) - decay)) >> bits
    return kept if x >= 0 else -kept


@numba.njit(parallel=True, cache=True, nogil=True)
def _integrate(  # type: ignore[no-untyped-def]
    current, decay_u, decay_v, threshold, bias, refractory, bits, limit, state, v_out, spikes
):
    n_steps, n_samples, n = current.shape
    overflow = np.full((n_samples, 2), -1, np.int64)
    for b in numba.prange(n_samples):
        u, v, wait = state.u[b], state.v[b], state.wait[b]
        for t in range(n_steps):
            for j in range(n):
                u[j] = _decayed(u[j], decay_u[j], bits) + current[t, b, j]
                current[t, b, j] = u[j]
                if wait[j] > 0:
                    wait[j] -= 1
                else:
                    v[j] = _decayed(v[j], decay_v[j], bits) + u[j] + bias[j]
                if (abs(u[j]) > limit or abs(v[j]) > limit) and overflow[b, 0] < 0:
                    overflow[b, 0] = t
                    overflow[b, 1] = j
                if v[j] > threshold[j]:
                    spikes[t, b, j] = 1
                    v[j] = 0
                    wait[j] = refractory - 1
                v_out[t, b, j] = v[j]
            if overflow[b, 0] >= 0:
                break
    return overflow


def integrate(
    current: IntArray,
    *,
    decay_u: IntArray,
    decay_v: IntArray,
    threshold: IntArray,
    bias: IntArray,
    refractory: int = 1,
    name: str = "neurons",
    numbers: NumberFormat = NUMBERS,
    state: LoihiState | None = None,
    first: int = 0,
    keep_u: bool = True,
) -> tuple[IntArray, npt.NDArray[np.uint8]]:
    """Many samples of neurons at once; `loihi_lif` states the equations.

    Args:
        current: synaptic input q of each step, units, int64 [T, B, N]; overwritten by u, or by the
            potentials.
        decay_u: decay of the current, of 4096, [N].
        decay_v: decay of the potential, of 4096, [N].
        threshold: units, [N]; `NEVER` for a neuron that only integrates.
        bias: units added to the potential in each step, [N].
        refractory: steps from a spike to the next possible one.
        name: population, for messages.
        numbers: widths of the integers, if they are not Loihi's.
        state: state to go on from, overwritten by that after the last step; rest without it.
        first: step of the first row, for messages.
        keep_u: leave the currents behind; without, potentials take no memory of their own.

    Returns:
        Potentials after each step, int64, and spikes, uint8, both [T, B, N].

    Raises:
        PotentialRangeError: current or potential leaves its bits.
    """
    v = np.empty_like(current) if keep_u else current
    spikes = np.zeros(current.shape, np.uint8)
    share_threads(current.size)
    widths = (numbers.decay_bits, numbers.state_max)
    state = LoihiState.rest(*current.shape[1:]) if state is None else state
    overflow = _integrate(
        current, decay_u, decay_v, threshold, bias, refractory, *widths, state, v, spikes
    )
    broken = np.flatnonzero(overflow[:, 0] >= 0)
    if broken.size:
        step, neuron = overflow[broken[0]]
        raise PotentialRangeError(
            f"{name}: neuron {neuron} leaves the range of +-{numbers.state_max} at step "
            f"{first + step} of sample {broken[0]}, where chip and emulators disagree: it "
            "gets currents far beyond its threshold, as happens after little training. Train "
            "longer, use smaller weights or fewer events per step (shorter steps, less pooling), "
            "run it in real numbers (--arithmetic real, quantize=False), or keep bits free "
            f"(spare_bits={{{name!r}: 1}})",
            name,
        )
    return v, spikes


def loihi_lif(
    spikes: npt.ArrayLike,
    weights: npt.ArrayLike,
    *,
    decay_u: npt.ArrayLike,
    decay_v: npt.ArrayLike,
    v_threshold: npt.ArrayLike,
    refractory: int = 1,
    exponent: int = 0,
    bias: npt.ArrayLike = 0,
) -> Trace:
    """Loihi's neurons, from rest, in exact integers.

        q[t] = sum over synapses of floor(mantissa * 2^(6 + exponent) / 64) * 64
        u[t] = sgn(u[t-1]) * floor(|u[t-1]| * (4096 - decay_u) / 4096) + q[t]
        v[t] = sgn(v[t-1]) * floor(|v[t-1]| * (4096 - decay_v) / 4096) + u[t] + bias
        spike if v[t] > 64 * v_threshold; then v[t] = 0

    After a spike v is held for refractory - 1 further steps, in which u goes on integrating.

    Args:
        spikes: spikes of the inputs, bool [T, N_in].
        weights: signed mantissas as the synapses store them, integers of 9 bits, [N_in, N].
        decay_u: decay of the current, 0 to 4096; 4096 forgets in one step. Scalar or [N].
        decay_v: decay of the potential, likewise. These are the effective decays: tools disagree
            on whether a register holds them or one less.
        v_threshold: mantissa of the threshold, 17 bits; scalar or [N].
        refractory: steps from a spike to the next possible one; 1 leaves the next step free.
        exponent: exponent of the weights, -8 to 7.
        bias: units added to v in each step; scalar or [N].

    Returns:
        u, v and spikes as the chip holds them after each step, [T, N] each.

    Raises:
        HardwareError: an argument is out of its range, or u or v leaves 23 bits and sign.

    Reference:
        Davies et al., IEEE Micro 38(1), 2018; widths as in Dey and Dimitrov, Front. Neurosci. 16,
        2022, section 3.1.2. The chip's behaviour on overflow is not agreed upon and refused here.
    """
    weight = synaptic_weight(weights, exponent)
    events = np.asarray(spikes)
    if weight.ndim != 2 or events.ndim != 2 or events.shape[1] != weight.shape[0]:
        raise HardwareError(
            f"spikes {events.shape} and weights {weight.shape} must be [T, N_in] and [N_in, N]"
        )
    if events.dtype.kind not in "iub" or (events.size and not np.isin(events, (0, 1)).all()):
        raise HardwareError("spikes must be bool, or integers 0 and 1")
    if refractory < 1:
        raise HardwareError(f"refractory is {refractory} steps, at least 1 is needed")
    numbers, n = NUMBERS, weight.shape[1]
    threshold = per_neuron(v_threshold, n, "v_threshold", 0, numbers.threshold_max)
    u = (events.astype(np.int64) @ weight)[:, None, :]
    v, fired = integrate(
        u,
        decay_u=per_neuron(decay_u, n, "decay_u", 0, numbers.decay_one),
        decay_v=per_neuron(decay_v, n, "decay_v", 0, numbers.decay_one),
        threshold=threshold * numbers.unit,
        bias=per_neuron(bias, n, "bias", -numbers.state_max, numbers.state_max),
        refractory=refractory,
    )
    return Trace(u[:, 0], v[:, 0], fired[:, 0].astype(bool))
