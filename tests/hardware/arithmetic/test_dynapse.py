from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware.arithmetic.dynapse import arrivals, integrate_continuous, mismatched
from polychrony.hardware.errors import HardwareError

TAU = 20e-3


def run(events=(), *, n=1, duration=0.1, tau=TAU, threshold=1.0, **options):
    """Events are (time, target, weight)."""
    time, target, weight = (np.array([event[i] for event in events]) for i in range(3))
    return integrate_continuous(
        time, target, weight, n=n, duration=duration, tau=tau, threshold=threshold, **options
    )


def test_potential_decays_between_events():
    at = [0.0, 0.01, 0.02, 0.05]
    v = run([(0.01, 0, 0.5), (0.03, 0, 0.25)], sample_at=at).v[:, 0]
    # A reading at the time of an event comes before it.
    late = 0.5 * np.exp(-0.04 / TAU) + 0.25 * np.exp(-0.02 / TAU)
    assert v == pytest.approx([0, 0, 0.5 * np.exp(-0.01 / TAU), late])


@pytest.mark.parametrize("refractory", [0.0, 3e-3])
def test_constant_input_fires_at_the_crossing(refractory):
    trace = run(v_inf=1.5, v_reset=0.3, v_start=0.3, refractory=refractory)
    period = TAU * np.log((1.5 - 0.3) / (1.5 - 1.0)) + refractory
    expected = np.arange(1, 99) * period - refractory
    assert trace.time == pytest.approx(expected[expected < 0.1])


def test_crossing_after_an_event_counts_from_its_potential():
    trace = run([(5e-3, 0, 0.6)], v_inf=1.2, duration=0.02)
    v = 1.2 * (1 - np.exp(-5e-3 / TAU)) + 0.6
    assert trace.time == pytest.approx([5e-3 + TAU * np.log((1.2 - v) / 0.2)])


def test_constant_input_at_threshold_never_fires():
    assert not run(v_inf=1.0, duration=10.0).time.size


def test_events_of_one_time_are_summed_before_the_threshold_is_looked_at():
    assert not run([(0.01, 0, 1.5), (0.01, 0, -1.0)]).time.size
    assert run([(0.01, 0, 0.5), (0.01, 0, 0.5)]).time.tolist() == [0.01]
    assert run([(0.01, 0, 1.5), (0.01 + 1e-9, 0, -1.0)]).time.tolist() == [0.01]


def test_refractory_neuron_loses_its_input_and_holds():
    events = [(0.01, 0, 1.0), (0.012, 0, 5.0), (0.015, 0, 1.1)]
    trace = run(events, refractory=4e-3, v_reset=0.2, v_inf=0.2, sample_at=[0.013, 0.014])
    assert trace.time.tolist() == [0.01, 0.015]
    assert trace.v[:, 0].tolist() == [0.2, 0.2]


def test_event_at_the_end_of_the_refractory_period_counts():
    step = 0.1  # 3 * 0.1 + 0.1 is not 0.4 in float64
    trace = run([(k * step, 0, 1.0) for k in range(20)], refractory=step, duration=2.0)
    assert len(trace.time) == 20


def test_never_firing_and_never_leaking_neuron_is_a_sum():
    trace = run([(0.01, 0, 1.0), (0.02, 0, 2.0)], tau=np.inf, threshold=None, sample_at=[0.1])
    assert trace.v[0, 0] == 3.0
    assert not trace.time.size


def test_parameters_differ_between_neurons():
    events = [(0.01, j, 1.0) for j in range(3)] + [(0.011, j, 1.0) for j in range(3)]
    trace = run(events, n=3, threshold=np.array([0.9, 1.9, 9.0]), refractory=[5e-3, 0, 0])
    assert trace.time.tolist() == [0.01, 0.011]
    assert trace.neuron.tolist() == [0, 1]


def random_case(seed, n=4, n_events=150):
    rng = np.random.default_rng(seed)
    time, target = np.sort(rng.random(n_events) * 0.1), rng.integers(0, n, n_events)
    weight = rng.normal(0.25, 0.4, n_events)
    circuits = {"tau": rng.uniform(5e-3, 4e-2, n), "v_inf": rng.uniform(-0.2, 1.4, n)}
    circuits |= {"threshold": rng.uniform(0.8, 1.2, n), "refractory": rng.uniform(0, 4e-3, n)}
    return time, target, weight, circuits


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 0.09))
def test_the_future_does_not_change_the_past(seed, cut):
    time, target, weight, circuits = random_case(seed)
    whole = integrate_continuous(time, target, weight, n=4, duration=0.1, **circuits)
    early = time < cut
    part = integrate_continuous(
        time[early], target[early], weight[early], n=4, duration=cut, **circuits
    )
    before = whole.time < cut
    assert np.array_equal(part.time, whole.time[before])
    assert np.array_equal(part.neuron, whole.neuron[before])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_neither_order_of_events_nor_other_neurons_nor_reading_matter(seed):
    time, target, weight, circuits = random_case(seed)
    whole = integrate_continuous(time, target, weight, n=4, duration=0.1, **circuits)
    mixed = np.random.default_rng(seed).permutation(len(time))
    again = integrate_continuous(
        time[mixed], target[mixed], weight[mixed], n=4, duration=0.1, **circuits
    )
    assert np.array_equal(again.time, whole.time)
    assert (np.diff(whole.time) >= 0).all()
    mine = target == 2
    own = {key: values[2] for key, values in circuits.items()}
    alone = run(
        list(zip(time[mine], np.zeros(mine.sum(), int), weight[mine], strict=True)),
        sample_at=np.linspace(0, 0.1, 50),
        **own,
    )
    assert np.array_equal(alone.time, whole.time[whole.neuron == 2])


def euler(time, target, weight, n, duration, dt, tau, v_inf, threshold, refractory):
    """The differential equation in small steps."""
    v, free, found, e = np.zeros(n), np.zeros(n), [], 0
    for k in range(round(duration / dt)):
        now = k * dt
        going = now >= free
        v += going * dt / tau * (v_inf - v)
        while e < len(time) and time[e] < now + dt:
            v[target[e]] += weight[e] * going[target[e]]
            e += 1
        for j in np.flatnonzero(v >= threshold):
            found.append((now, j))
            v[j], free[j] = 0.0, now + refractory[j]
    return np.array([t for t, _ in found]), np.array([j for _, j in found])


def test_small_euler_steps_come_close():
    time, target, weight, circuits = random_case(3)
    exact = integrate_continuous(time, target, weight, n=4, duration=0.1, **circuits)
    at, who = euler(time, target, weight, 4, 0.1, 1e-6, **circuits)
    assert len(exact.time) > 20
    for j in range(4):
        assert exact.time[exact.neuron == j] == pytest.approx(at[who == j], abs=5e-5)


def test_mismatch_has_the_levels_as_mean_and_the_given_spread():
    levels, types = np.array([0.1, -0.2, 0.4, 0.8]), np.arange(200_000) % 4
    values = mismatched(levels, types, 0.2, seed=1)
    for kind, level in enumerate(levels):
        ratio = values[types == kind] / level
        assert ratio.min() > 0
        assert ratio.mean() == pytest.approx(1, abs=0.004)  # 4 standard errors
        assert ratio.std() == pytest.approx(0.2, abs=0.004)


def test_mismatch_belongs_to_seed_and_place():
    types = np.array([0, 1, 2, 3, 0, 1])
    levels = [1.0, 2.0, 3.0, 4.0]
    whole = mismatched(levels, types, 0.3, seed=7)
    assert np.array_equal(mismatched(levels, types[:4], 0.3, seed=7), whole[:4])
    assert (mismatched(levels, types, 0.3, seed=8) != whole).all()
    assert whole[0] != whole[4]
    changed = mismatched(levels, [0, 3, 2, 3, 0, 1], 0.3, seed=7)
    assert changed[1] == pytest.approx(2 * whole[1])
    assert np.array_equal(np.delete(changed, 1), np.delete(whole, 1))
    assert mismatched(levels, [3, -1], 0.0, seed=7).tolist() == [4.0, 0.0]


def test_arrivals_follow_the_synapses():
    row_ptr, post = np.array([0, 2, 2, 3]), np.array([4, 1, 0])
    late = np.array([0.1, 0.2, 0.3])
    time, target, weight = arrivals([1, 2, 3], [2, 1, 0], row_ptr, post, late * 10, late)
    assert time.tolist() == [1.3, 3.1, 3.2]
    assert target.tolist() == [0, 4, 1]
    assert weight.tolist() == [3, 1, 2]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tau": 0.0}, "tau must be above 0 s"),
        ({"tau": [1.0, 2.0]}, r"tau has shape \(2,\), expected a scalar or \(1,\)"),
        ({"v_inf": np.nan}, "v_inf must be finite"),
        ({"refractory": -1.0}, "refractory must be 0 s or above"),
        ({"v_reset": 1.0}, "v_reset must be below the threshold"),
        ({"v_inf": 1e12}, "fires by itself every"),
        ({"events": [(0.0, 1, 1.0)]}, "neurons 0 to 0"),
        ({"events": [(-1.0, 0, 1.0)]}, "events must arrive at 0 s or later"),
        ({"events": [(0.0, 0, np.nan)]}, "weights of events must be finite"),
        ({"sample_at": [0.2]}, "sample_at must ascend"),
    ],
)
def test_what_cannot_be_is_refused(changes, message):
    with pytest.raises(HardwareError, match=message):
        run(**changes)


def test_mismatch_refuses_what_cannot_be():
    with pytest.raises(HardwareError, match="mismatch is -0"):
        mismatched([1.0], [0], -0.1, 0)
    with pytest.raises(HardwareError, match="synapse type 1 has no level"):
        mismatched([1.0], [1], 0.1, 0)
