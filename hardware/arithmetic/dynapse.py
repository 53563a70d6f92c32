"""DYNAP-SE's neuron as an exact event-driven integrator in continuous time.

A model, not a fit of the circuits: the chip's neurons are adaptive exponential ones with synapses
that take time. Here a synapse adds its weight at once and a membrane leaks with one time constant.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

SAME_TIME = 1e-12
"""A refractory period that ends this fraction of a time after it has ended by then."""

_RESOLUTION = 1e-9
"""Shortest time between two spikes of a neuron without input, as a fraction of the duration."""


class Membranes(NamedTuple):
    """Circuits of n neurons; see `membranes`.

    Args:
        tau: time constant, s, [n]; infinite where nothing leaks.
        v_inf: potential that a neuron without input comes to, V, [n].
        threshold: V, [n]; infinite for a neuron that never fires.
        v_reset: potential after a spike, V, [n].
        v_start: potential at 0 s, V, [n].
        refractory: time after a spike in which a neuron holds still and loses its input, s, [n].
    """

    tau: FloatArray
    v_inf: FloatArray
    threshold: FloatArray
    v_reset: FloatArray
    v_start: FloatArray
    refractory: FloatArray


class ContinuousTrace(NamedTuple):
    """What neurons did in continuous time.

    Args:
        time: times of the spikes, s, ascending, [S].
        neuron: who fired, [S].
        v: potentials at the times asked for, before events at those very times, V, [K, n].
    """

    time: FloatArray
    neuron: IntArray
    v: FloatArray


def mismatched(levels: npt.ArrayLike, types: npt.ArrayLike, cv: float, seed: int) -> FloatArray:
    """Values of circuits that are set alike and turn out differently.

        value_i = levels[types_i] * exp(s z_i - s^2 / 2), s^2 = ln(1 + cv^2), z_i normal

    The factor is lognormal with mean 1 and the given coefficient of variation: it never changes a
    sign. Entry i depends on the seed and on i alone.

    Args:
        levels: what can be set, any unit, [L].
        types: which of them each circuit is set to, [S]; below 0 is no circuit, with value 0.
        cv: coefficient of variation, 0 or above; 0 gives the levels themselves.
        seed: which chip it is.

    Returns:
        float64 [S].

    Raises:
        HardwareError: cv is negative or not finite, or a type has no level.
    """
    if not (np.isfinite(cv) and cv >= 0):
        raise HardwareError(f"mismatch is {cv}; a coefficient of variation is finite, 0 or above")
    values, kind = np.asarray(levels, np.float64), np.asarray(types)
    if kind.size and kind.max() >= len(values):
        raise HardwareError(f"synapse type {kind.max()} has no level, there are {len(values)}")
    sigma = np.sqrt(np.log1p(cv * cv))
    factor = np.exp(sigma * np.random.default_rng(seed).standard_normal(len(kind)) - sigma**2 / 2)
    there = kind >= 0
    result = np.zeros(len(kind))
    result[there] = values[kind[there]] * factor[there]
    return result


def membranes(
    n: int,
    *,
    tau: npt.ArrayLike,
    v_inf: npt.ArrayLike = 0.0,
    threshold: npt.ArrayLike | None,
    v_reset: npt.ArrayLike = 0.0,
    v_start: npt.ArrayLike | None = None,
    refractory: npt.ArrayLike = 0.0,
    duration: float,
    name: str = "neurons",
) -> Membranes:
    """Parameters of n neurons, checked.

    Args:
        n: number of neurons.
        tau: time constant, s; infinite where nothing leaks. Scalar or [n], as the five that follow.
        v_inf: potential that a neuron without input comes to, V.
        threshold: V; None if no neuron ever fires.
        v_reset: potential after a spike, V; below the threshold.
        v_start: potential at 0 s, V, below the threshold; None starts as after a spike.
        refractory: time after a spike in which a neuron holds still and loses its input, s.
        duration: how long it will run, s.
        name: population, for messages.

    Raises:
        HardwareError: a parameter is not what it must be, or a neuron would fire without end.
    """
    given = {"tau": tau, "v_inf": v_inf, "threshold": np.inf if threshold is None else threshold}
    given |= {"v_reset": v_reset, "v_start": v_reset if v_start is None else v_start}
    given["refractory"] = refractory
    arrays = {}
    for key, value in given.items():
        array = np.asarray(value, np.float64)
        if array.shape not in ((), (n,)):
            raise HardwareError(
                f"{name}: {key} has shape {array.shape}, expected a scalar or ({n},)"
            )
        arrays[key] = np.ascontiguousarray(np.broadcast_to(array, (n,)))
    m = Membranes(**arrays)
    for wrong, message in (
        (~(m.tau > 0), "tau must be above 0 s"),
        (~np.isfinite(m.v_inf), "v_inf must be finite"),
        (~(m.refractory >= 0), "refractory must be 0 s or above"),
        (~(m.v_reset < m.threshold), "v_reset must be below the threshold, or it fires for ever"),
        (~(m.v_start < m.threshold), "v_start must be below the threshold"),
    ):
        if wrong.any():
            raise HardwareError(f"{name}: neuron {int(np.argmax(wrong))}: {message}")
    _refuse_endless(m, duration, name)
    return m


def _refuse_endless(m: Membranes, duration: float, name: str) -> None:
    """Spikes closer than time resolves would follow each other without end."""
    firing = np.flatnonzero((m.v_inf > m.threshold) & np.isfinite(m.tau))
    rise = np.log((m.v_inf - m.v_reset)[firing] / (m.v_inf - m.threshold)[firing])
    period = m.refractory[firing] + m.tau[firing] * rise
    if (period < _RESOLUTION * duration).any():
        worst = int(np.argmin(period))
        raise HardwareError(
            f"{name}: neuron {firing[worst]} fires by itself every {period[worst]:.3g} s, too "
            f"often for a run of {duration:.3g} s; set a refractory period, or a lower v_inf"
        )


@numba.njit(inline="always")
def potential(v, elapsed, tau, v_inf):  # type: ignore[no-untyped-def]
    """v_inf + (v - v_inf) exp(-elapsed / tau)."""
    return v_inf + (v - v_inf) * np.exp(-elapsed / tau)


@numba.njit(inline="always")
def crossing(v, since, tau, v_inf, threshold):  # type: ignore[no-untyped-def]
    """When a neuron without input reaches threshold: since + tau ln((v_inf - v)/(v_inf - th))."""
    if v_inf <= threshold or tau == np.inf:
        return np.inf
    return since + tau * np.log((v_inf - v) / (v_inf - threshold))


@numba.njit(cache=True, nogil=True)
def _integrate(row_ptr, time, weight, neurons, duration, sample_at, v_out):  # type: ignore[no-untyped-def]
    """Each neuron by itself: `v` holds since the time `since`, which ends a refractory period."""
    spike_time, spike_neuron, n_spikes = np.empty(64), np.empty(64, np.int64), 0
    n_samples = sample_at.size
    for j in range(row_ptr.size - 1):
        tau, v_inf, threshold = neurons.tau[j], neurons.v_inf[j], neurons.threshold[j]
        v, since, k, e, last = neurons.v_start[j], 0.0, 0, row_ptr[j], row_ptr[j + 1]
        while True:
            t_event = time[e] if e < last else np.inf
            t_sample = sample_at[k] if k < n_samples else np.inf
            now = min(t_event, t_sample, duration)
            fires_at = crossing(v, since, tau, v_inf, threshold)
            fires = fires_at < now
            held = since - now > SAME_TIME * since
            if not fires:
                if t_sample <= now:
                    v_out[k, j] = v if held else potential(v, max(now - since, 0.0), tau, v_inf)
                    k += 1
                    continue
                if t_event >= duration:
                    break
                fires_at, total = t_event, 0.0
                while e < last and time[e] == t_event:
                    total += weight[e]
                    e += 1
                if held:
                    continue
                v = potential(v, max(t_event - since, 0.0), tau, v_inf) + total
                since = t_event
                fires = v >= threshold
            if fires:
                if n_spikes == spike_time.size:
                    spike_time = np.concatenate((spike_time, np.empty(n_spikes)))
                    spike_neuron = np.concatenate((spike_neuron, np.empty(n_spikes, np.int64)))
                spike_time[n_spikes], spike_neuron[n_spikes] = fires_at, j
                n_spikes += 1
                v, since = neurons.v_reset[j], fires_at + neurons.refractory[j]
    return spike_time[:n_spikes], spike_neuron[:n_spikes]


def integrate_continuous(
    time: npt.ArrayLike,
    target: npt.ArrayLike,
    weight: npt.ArrayLike,
    *,
    n: int,
    duration: float,
    tau: npt.ArrayLike,
    v_inf: npt.ArrayLike = 0.0,
    threshold: npt.ArrayLike | None,
    v_reset: npt.ArrayLike = 0.0,
    v_start: npt.ArrayLike | None = None,
    refractory: npt.ArrayLike = 0.0,
    sample_at: npt.ArrayLike = (),
    name: str = "neurons",
) -> ContinuousTrace:
    """Leaky integrate-and-fire neurons in continuous time, exact between events.

        v(t) = v_inf + (v(t0) - v_inf) exp(-(t - t0) / tau)
        spike where v >= threshold, at t0 + tau ln((v_inf - v(t0)) / (v_inf - threshold))

    v rises by the sum of all weights that arrive at one time, before anyone looks at the threshold.
    After a spike, which may fall between events, v = v_reset, held for the refractory period, in
    which input is lost.

    Args:
        time: when events arrive at their target, s, [A], in any order; see `arrivals`.
        target: the neuron each event reaches, [A].
        weight: what it adds, V, [A].
        n: number of neurons.
        duration: spikes before this time count, s.
        tau: time constant, s; infinite where nothing leaks. Scalar or [n], as the five that follow.
        v_inf: potential that a neuron without input comes to, V.
        threshold: V; None if no neuron ever fires.
        v_reset: potential after a spike, V.
        v_start: potential at 0 s, V; None starts as after a spike.
        refractory: s.
        sample_at: ascending times at which to read all potentials, s, at most the duration, [K].
        name: population, for messages.

    Returns:
        Spikes in the order of time, and the potentials asked for.

    Raises:
        HardwareError: a parameter, a time or a target is not what it must be.

    Reference:
        Moradi et al., IEEE TBioCAS 12(1), 2018, for the chip; the neuron is simplified.
    """
    when, who = np.asarray(time, np.float64), np.asarray(target, np.int64)
    adds, reads = np.asarray(weight, np.float64), np.asarray(sample_at, np.float64)
    if not when.shape == who.shape == adds.shape == (when.size,):
        raise HardwareError(
            f"{name}: time {when.shape}, target {who.shape} and weight {adds.shape} of events must "
            "have one length"
        )
    if when.size and not (when.min() >= 0 and who.min() >= 0 and who.max() < n):
        raise HardwareError(
            f"{name}: events must arrive at 0 s or later, at neurons 0 to {n - 1}; they do so from "
            f"{when.min()} s on, at {who.min()} to {who.max()}"
        )
    if not np.isfinite(adds).all():
        raise HardwareError(f"{name}: weights of events must be finite numbers of V")
    if reads.size and (reads[0] < 0 or reads[-1] > duration or (np.diff(reads) < 0).any()):
        raise HardwareError(f"{name}: sample_at must ascend from 0 s to at most {duration} s")
    circuits = membranes(
        n,
        tau=tau,
        v_inf=v_inf,
        threshold=threshold,
        v_reset=v_reset,
        v_start=v_start,
        refractory=refractory,
        duration=duration,
        name=name,
    )
    order = np.lexsort((when, who))
    row_ptr = np.searchsorted(who[order], np.arange(n + 1)).astype(np.int64)
    v = np.empty((reads.size, n))
    at, neuron = _integrate(row_ptr, when[order], adds[order], circuits, duration, reads, v)
    order = np.lexsort((neuron, at))
    return ContinuousTrace(at[order], neuron[order], v)


def fan_out(source: npt.ArrayLike, row_ptr: IntArray) -> tuple[IntArray, IntArray]:
    """Which spike takes which synapse.

    Args:
        source: neuron that fired each spike, [E].
        row_ptr: start of each source neuron's synapses, [N_in + 1].

    Returns:
        Spike and synapse of each arrival, in the order of the spikes, [A] each.
    """
    who = np.asarray(source, np.int64)
    size = row_ptr[who + 1] - row_ptr[who]
    first = np.cumsum(size) - size
    spike = np.repeat(np.arange(len(who)), size)
    return spike, (row_ptr[who] - first)[spike] + np.arange(len(spike))


def arrivals(
    time: npt.ArrayLike,
    source: npt.ArrayLike,
    row_ptr: IntArray,
    post: npt.NDArray[Any],
    weight: npt.NDArray[Any],
    latency: npt.ArrayLike = 0.0,
) -> tuple[FloatArray, IntArray, FloatArray]:
    """Events at the neurons that spikes reach.

    Args:
        time: time of each spike, s, [E].
        source: neuron that fired it, [E].
        row_ptr: start of each source neuron's synapses, [N_in + 1].
        post: target neuron of each synapse, [S].
        weight: what a spike adds, V, [S].
        latency: from the spike to its arrival, s; scalar or [S].

    Returns:
        Time, target and weight of each arrival, in the order of the spikes: the first arguments of
        `integrate_continuous`.
    """
    spike, synapse = fan_out(source, row_ptr)
    late = np.broadcast_to(np.asarray(latency, np.float64), post.shape)[synapse]
    when = np.asarray(time, np.float64)[spike] + late
    return when, post[synapse].astype(np.int64), weight[synapse].astype(np.float64)
