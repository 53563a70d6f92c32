"""DYNAP-SE's neurons on the spikes of a network in steps, and their spikes put back into steps."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.arithmetic.dynapse import (
    SAME_TIME,
    Membranes,
    crossing,
    fan_out,
    integrate_continuous,
    membranes,
    potential,
)
from polychrony.hardware.errors import HardwareError
from polychrony.snn.kernels.events import scatter_events
from polychrony.snn.kernels.threads import share_threads

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

_ROUNDING = 1e-9  # steps: a spike this close before a step belongs to it
_MOST = 255


class StepTrace(NamedTuple):
    """What neurons did, in steps and in continuous time.

    Args:
        v: potentials at the end of each step, before the events of the next, V, [T, B, N].
        spikes: spikes that fall in each step, uint8 [T, B, N].
        time: times of the spikes, s, ascending within each sample, [S]; empty if not asked for.
        sample: sample of each of these, ascending, [S].
        neuron: who fired, [S].
    """

    v: FloatArray
    spikes: npt.NDArray[np.uint8]
    time: FloatArray
    sample: IntArray
    neuron: IntArray


class StepState(NamedTuple):
    """What neurons carry from one step to the next.

    Args:
        v: potential at `since`, V, [B, N].
        since: beginning of the next step, or end of a refractory period beyond it, s, [B, N].
        fallen: spikes so far that fall in the next step by rounding, int32 [B, N].
    """

    v: FloatArray
    since: FloatArray
    fallen: npt.NDArray[np.int32]

    @classmethod
    def at_start(cls, m: Membranes, n_samples: int) -> StepState:
        """State before the first step."""
        shape = (n_samples, len(m.tau))
        start = np.array(np.broadcast_to(m.v_start, shape))
        return cls(start, np.zeros(shape), np.zeros(shape, np.int32))


@numba.njit(inline="always")
def _step_of(time, dt, n_steps):  # type: ignore[no-untyped-def]
    return min(int(np.floor(time / dt + _ROUNDING)), n_steps - 1)


@numba.njit(parallel=True, cache=True, nogil=True)
def _integrate(current, m, dt, state, first, last, v_out, counts, start, time, neuron):  # type: ignore[no-untyped-def]
    """Events only where steps begin: `v` holds at `since`, the step's end or later if refractory.

    The first row is that of step `first`. A spike at the end of a step may fall in the next one, so
    `counts` has a row more; `last` is one past the last step of all. Spike times of sample b go to
    the rows from start[b] on, unless `time` is empty.
    """
    n_steps, n_samples, n = current.shape
    keep = np.exp(-dt / m.tau)
    for b in numba.prange(n_samples):
        v, since, place = state.v[b], state.since[b], start[b]
        for k in range(n_steps):
            now, end = (first + k) * dt, (first + k + 1) * dt
            for j in range(n):
                fires_at = np.inf
                if since[j] - now <= SAME_TIME * since[j]:
                    since[j] = now
                    v[j] += current[k, b, j]
                    if v[j] >= m.threshold[j]:
                        fires_at = now
                if fires_at == np.inf:
                    fires_at = crossing(v[j], since[j], m.tau[j], m.v_inf[j], m.threshold[j])
                while fires_at < end:
                    counts[_step_of(fires_at, dt, last) - first, b, j] += 1
                    if time.size:
                        time[place], neuron[place] = fires_at, j
                    place += 1
                    v[j], since[j] = m.v_reset[j], fires_at + m.refractory[j]
                    fires_at = crossing(v[j], since[j], m.tau[j], m.v_inf[j], m.threshold[j])
                if since[j] <= now:
                    v[j] = m.v_inf[j] + (v[j] - m.v_inf[j]) * keep[j]
                    since[j] = end
                elif since[j] - end <= SAME_TIME * since[j]:
                    v[j] = potential(v[j], max(end - since[j], 0.0), m.tau[j], m.v_inf[j])
                    since[j] = end
                v_out[k, b, j] = v[j]


def _window(
    current: FloatArray, m: Membranes, dt: float, state: StepState, first: int, last: int, *out: Any
) -> tuple[FloatArray, npt.NDArray[np.int32]]:
    """Potentials, and counts of spikes with those of the window before that fall in this one."""
    n_steps, n_samples, n = current.shape
    v, counts = np.empty_like(current), np.zeros((n_steps + 1, n_samples, n), np.int32)
    counts[0] = state.fallen
    start, time, neuron = out or (np.zeros(n_samples, np.int64), np.zeros(0), np.zeros(0, np.int64))
    share_threads(current.size)
    _integrate(current, m, dt, state, first, last, v, counts, start, time, neuron)
    state.fallen[:] = counts[n_steps]
    return v, counts[:n_steps]


def _at_steps(current: FloatArray, m: Membranes, dt: float, times: bool) -> tuple[Any, ...]:
    """Fast path: all events arrive at the beginning of a step."""
    n_steps, n_samples, _ = current.shape
    state = StepState.at_start(m, n_samples)
    v, counts = _window(current, m, dt, state, 0, n_steps)
    if not times:
        none = np.zeros(0, np.int64)
        return v, counts, np.zeros(0), none, none
    per_sample = counts.sum(axis=(0, 2), dtype=np.int64)
    time, neuron = np.empty(per_sample.sum()), np.empty(per_sample.sum(), np.int64)
    start = np.cumsum(per_sample) - per_sample
    state = StepState.at_start(m, n_samples)
    _window(current, m, dt, state, 0, n_steps, start, time, neuron)
    sample = np.repeat(np.arange(n_samples), per_sample)
    order = np.lexsort((neuron, time, sample))
    return v, counts, time[order], sample, neuron[order]


def _late(
    spikes: npt.NDArray[Any],
    row_ptr: IntArray,
    post: npt.NDArray[Any],
    delay: npt.NDArray[Any],
    weight: npt.NDArray[Any],
    latency: FloatArray,
    m: Membranes,
    dt: float,
) -> tuple[Any, ...]:
    """Each event at its own time, one sample after the other."""
    n_steps, n_samples, _ = spikes.shape
    n, duration = len(m.tau), n_steps * dt
    v, counts = np.empty((n_steps, n_samples, n)), np.zeros((n_steps, n_samples, n), np.int32)
    ends = np.minimum(np.arange(1, n_steps + 1) * dt, duration)
    found = []
    for b in range(n_samples):
        step, source = np.nonzero(spikes[:, b])
        spike, synapse = fan_out(source, row_ptr)
        # Sums of whole steps first: events of one time must have the very same time.
        time = (step[spike] + delay[synapse].astype(np.int64)) * dt + latency[synapse]
        count = spikes[step, b, source].astype(np.float64)[spike]
        trace = integrate_continuous(
            time,
            post[synapse],
            weight[synapse] * count,
            n=n,
            duration=duration,
            sample_at=ends,
            **m._asdict(),
        )
        v[:, b] = trace.v
        fell = np.minimum(np.floor(trace.time / dt + _ROUNDING).astype(np.int64), n_steps - 1)
        np.add.at(counts[:, b], (fell, trace.neuron), 1)
        found.append((trace.time, np.full(len(trace.time), b), trace.neuron))
    return v, counts, *(np.concatenate(x) for x in zip(*found, strict=True))


def _latencies(latency: npt.ArrayLike, n_synapses: int, name: str) -> FloatArray:
    late = np.asarray(latency, np.float64)
    if late.shape not in ((), (n_synapses,)) or not (np.isfinite(late) & (late >= 0)).all():
        raise HardwareError(
            f"{name}: latency must be finite, 0 s or above, for each of {n_synapses} synapses or "
            f"for all at once; it has shape {late.shape}"
        )
    return np.broadcast_to(late, (n_synapses,))


def integrate_steps(
    spikes: npt.NDArray[Any],
    row_ptr: IntArray,
    post: npt.NDArray[Any],
    delay: npt.NDArray[Any],
    weight: npt.NDArray[Any],
    *,
    n: int,
    dt: float,
    tau: npt.ArrayLike,
    v_inf: npt.ArrayLike = 0.0,
    threshold: npt.ArrayLike | None,
    v_reset: npt.ArrayLike = 0.0,
    v_start: npt.ArrayLike | None = None,
    refractory: npt.ArrayLike = 0.0,
    latency: npt.ArrayLike | None = None,
    times: bool = False,
    name: str = "neurons",
) -> StepTrace:
    """Neurons of `integrate_continuous` on spikes in steps, many samples at once.

    A spike of step k arrives at (k + delay) * dt + latency; a spike at time t falls in step
    floor(t / dt). With tau = -dt / ln(decay), v_inf = bias / (1 - decay), v_inf below the
    threshold, v_start = bias and neither latency nor refractory period, the spikes are those of

        h[t] = decay * v[t-1] + bias + I[t]
        spike if h[t] >= threshold; then v[t] = v_reset, else h[t]

    up to rounding. So they are with a refractory period of at most a step, if there is no bias: it
    is lost for as long as the period lasts.
    A decay of 0 has no time constant: dt / 1000 is short enough to leave nothing after a step.

    Args:
        spikes: counts of the source neurons, [T, B, N_in].
        row_ptr: start of each source neuron's synapses, [N_in + 1].
        post: target neuron of each synapse, [S].
        delay: steps, [S].
        weight: what a spike adds, V, [S].
        n: number of neurons.
        dt: step, s.
        tau: time constant, s; scalar or [n], as the five that follow.
        v_inf: potential that a neuron without input comes to, V.
        threshold: V; None if no neuron ever fires.
        v_reset: potential after a spike, V.
        v_start: potential at 0 s, V; None starts as after a spike.
        refractory: time after a spike in which a neuron holds still and loses its input, s.
        latency: what a synapse takes beyond its delay, s, scalar or [S]; None for nothing.
        times: whether times of spikes are wanted.
        name: population, for messages.

    Returns:
        Potentials and spikes in steps, and the times of the spikes. A sample does not depend on its
        batch.

    Raises:
        HardwareError: a parameter is not what it must be, or a neuron fires more than 255 times in
            a step.
    """
    if not (np.isfinite(dt) and dt > 0):
        raise HardwareError(f"{name}: dt is {dt} s; a step must last longer than 0 s")
    m = membranes(
        n,
        tau=tau,
        v_inf=v_inf,
        threshold=threshold,
        v_reset=v_reset,
        v_start=v_start,
        refractory=refractory,
        duration=len(spikes) * dt,
        name=name,
    )
    volts = weight.astype(np.float64)
    if latency is None:
        result = _at_steps(scatter_events(spikes, row_ptr, post, delay, volts, n), m, dt, times)
    else:
        late = _latencies(latency, len(post), name)
        result = _late(spikes, row_ptr, post, delay, volts, late, m, dt)
    v, counts, *when = result
    return StepTrace(v, _counted(counts, 0, name), *when)


def advance_steps(
    current: FloatArray, m: Membranes, dt: float, state: StepState, first: int, last: int, name: str
) -> tuple[FloatArray, npt.NDArray[np.uint8]]:
    """Go on with neurons of `integrate_steps` without latencies, for a few steps.

    Steps one after the other give what all of them at once give.

    Args:
        current: what arrives at the beginning of each step, V, [W, B, N].
        m: the neurons.
        dt: step, s.
        state: state to go on from, overwritten by that after the last step.
        first: step of the first row.
        last: one past the last step of the run.
        name: population, for messages.

    Returns:
        Potentials at the end of each step, V, and spikes that fall in it, [W, B, N] each.

    Raises:
        HardwareError: a neuron fires more than 255 times in a step.
    """
    v, counts = _window(current, m, dt, state, first, last)
    return v, _counted(counts, first, name)


def _counted(counts: npt.NDArray[Any], first: int, name: str) -> npt.NDArray[np.uint8]:
    if counts.max(initial=0) > _MOST:
        step, sample, neuron = np.argwhere(counts > _MOST)[0]
        raise HardwareError(
            f"{name}: neuron {neuron} fires {counts[step, sample, neuron]} times in step "
            f"{first + step} of sample {sample}, at most {_MOST} can be counted; set a refractory "
            "period"
        )
    return counts.astype(np.uint8)
