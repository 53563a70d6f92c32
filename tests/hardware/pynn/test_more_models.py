"""Cells with adaptation and channels, synapses that tire or fail, and other random sources."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp


def test_adaptive_exponential_cell_follows_its_equation(sim, signal, trains):
    sim.setup(timestep=0.02)
    parameters = {"i_offset": 0.8, "tau_refrac": 2.0, "a": 4.0, "b": 0.0805, "delta_T": 2.0}
    cell = sim.Population(1, sim.EIF_cond_exp_isfa_ista(**parameters))
    cell.record(["v", "w", "spikes"])
    sim.run(200.0)

    def slope(_, y):
        v, w = y
        leak = (-(v + 70.6) + 2.0 * np.exp((v + 50.4) / 2.0)) / 9.3667
        return leak + (0.8 - w) / 0.281, (4e-3 * (v + 70.6) - w) / 144.0

    def peak(_, y):
        return y[0] + 40.0

    peak.terminal = True
    state, now, spikes = [-70.6, 0.0], 0.0, []
    while True:
        run = solve_ivp(slope, (now, 200.0), state, events=peak, rtol=1e-9, atol=1e-9)
        if run.status == 0:
            break
        spikes.append(run.t[-1])
        now = spikes[-1] + 2.0  # held at the reset, while w goes on towards a * 0
        state = [-70.6, (run.y[1, -1] + 0.0805) * np.exp(-2.0 / 144.0)]
    (found,) = trains(cell)
    assert len(found) == len(spikes) > 3
    np.testing.assert_allclose(found, spikes, atol=0.15)
    assert signal(cell, "w").max() > 0.0805


def test_without_a_slope_the_threshold_is_sharp(sim, signal, trains):
    sim.setup(timestep=0.1)
    celltype = sim.EIF_cond_alpha_isfa_ista(delta_T=0.0, a=0.0, b=0.0, i_offset=1.0)
    cell = sim.Population(1, celltype)
    cell.record(["v", "spikes"])
    sim.run(50.0)
    final = -70.6 + 9.3667 / 0.281
    rise = 9.3667 * np.log((final + 70.6) / (final + 50.4))
    assert trains(cell)[0][0] == pytest.approx(np.ceil(rise / 0.1) * 0.1)


def test_channels_follow_their_equations(sim, signal, trains):
    sim.setup(timestep=0.05)
    cell = sim.Population(1, sim.HH_cond_exp(i_offset=0.5))
    cell.record(["v", "spikes"])
    sim.run(60.0)

    def slope(_, y):
        v, m, h, n = y
        u = v + 63.0
        am = 0.32 * (13 - u) / np.expm1((13 - u) / 4)
        bm = 0.28 * (u - 40) / np.expm1((u - 40) / 5)
        ah, bh = 0.128 * np.exp((17 - u) / 18), 4 / (1 + np.exp((40 - u) / 5))
        an, bn = 0.032 * (15 - u) / np.expm1((15 - u) / 5), 0.5 * np.exp((10 - u) / 40)
        current = 20 * m**3 * h * (50 - v) + 6 * n**4 * (-90 - v) + 0.01 * (-65 - v) + 0.5
        return current / 0.2, am * (1 - m) - bm * m, ah * (1 - h) - bh * h, an * (1 - n) - bn * n

    times = np.arange(1201) * 0.05
    begin = [-65.0, 0.0, 1.0, 0.0]
    truth = solve_ivp(slope, (0, 60), begin, "LSODA", times, rtol=1e-9, atol=1e-10).y[0]
    np.testing.assert_allclose(signal(cell)[:, 0], truth, atol=0.05)
    passes = np.flatnonzero((truth[:-1] < 0) & (truth[1:] >= 0)) + 1
    assert len(passes) > 2
    np.testing.assert_allclose(trains(cell)[0], times[passes], atol=0.051)


def _sent(sim, signal, synapse, times):
    """Jump of the potential at each spike of one source (fast membrane, so that none is left)."""
    sim.setup(timestep=0.1)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=times))
    cell = sim.Population(1, sim.IF_curr_delta(tau_m=0.2))
    sim.Projection(source, cell, sim.AllToAllConnector(), synapse(), receptor_type="excitatory")
    cell.record("v")
    sim.run(times[-1] + 10.0)
    arrive = np.rint((np.asarray(times) + 1.0) / 0.1).astype(int)
    return signal(cell)[arrive, 0] + 65.0


@pytest.mark.parametrize(
    ("use", "tau_rec", "tau_facil"), [(0.5, 100.0, 0.0), (0.04, 100.0, 1000.0), (0.3, 50.0, 80.0)]
)
def test_depression_and_facilitation_by_hand(sim, signal, use, tau_rec, tau_facil):
    times = [10.0, 20.0, 25.0, 60.0, 64.0, 200.0]

    def synapse():
        return sim.TsodyksMarkramSynapse(
            weight=10.0, delay=1.0, U=use, tau_rec=tau_rec, tau_facil=tau_facil
        )

    u, x, last, expected = 0.0, 1.0, 0.0, []
    for t in times:  # what is active becomes inactive at once, where potentials jump
        u *= np.exp(-(t - last) / tau_facil) if tau_facil else 0.0
        x = 1 - (1 - x) * np.exp(-(t - last) / tau_rec)
        u += use * (1 - u)
        expected.append(10.0 * u * x)
        x, last = x - u * x, t
    np.testing.assert_allclose(_sent(sim, signal, synapse, times), expected, rtol=1e-6)


@pytest.mark.parametrize("tau_syn", [3.0, 100.0])
def test_resources_stay_active_as_long_as_the_receptor(sim, signal, tau_syn):
    sim.setup(timestep=0.1)
    times = [10.0, 15.0, 40.0]
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=times))
    cell = sim.Population(1, sim.IF_curr_exp(tau_syn_E=tau_syn, v_thresh=1e6))
    synapse = sim.TsodyksMarkramSynapse(weight=1.0, delay=0.1, U=0.4, tau_rec=100.0)
    sim.Projection(source, cell, sim.AllToAllConnector(), synapse, receptor_type="excitatory")
    cell.record("isyn_exc")
    sim.run(50.0)
    current = signal(cell, "isyn_exc")[:, 0]
    jumps = [current[round(t / 0.1) + 1] - current[round(t / 0.1)] for t in times]
    decay = np.exp(-0.1 / tau_syn)

    def slope(_, y):
        x, active = y
        return (1 - x - active) / 100.0, -active / tau_syn

    state, last, expected = np.array([1.0, 0.0]), 0.0, []
    for t in times:
        state = solve_ivp(slope, (last, t), state, rtol=1e-10, atol=1e-12).y[:, -1]
        sent = 0.4 * state[0]
        expected.append(sent)
        state, last = np.add(state, [-sent, sent]), t
    before = [current[round(t / 0.1)] * (decay - 1) for t in times]
    np.testing.assert_allclose(np.array(jumps) - before, expected, rtol=1e-6)


def test_resources_are_recovered_after_a_reset(sim, signal):
    sim.setup(timestep=0.1)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0, 8.0]))
    cell = sim.Population(2, sim.IF_cond_exp())
    synapse = sim.TsodyksMarkramSynapse(weight=0.01, delay=1.0)
    sim.Projection(source, cell, sim.AllToAllConnector(), synapse)
    cell.record("gsyn_exc")
    sim.run(20.0)
    sim.reset()
    sim.run(20.0)
    first, second = (signal(cell, "gsyn_exc", segment) for segment in (0, 1))
    np.testing.assert_array_equal(first, second)
    assert (first[60] == 0.005).all()  # the default U is one half


def test_unreliable_synapses_fail_as_often_as_they_should(sim, signal):
    times = np.arange(5.0, 2005.0, 5.0)
    found = {}
    for p in (0.0, 0.3, 1.0):
        jumps = _sent(
            sim,
            signal,
            lambda p=p: sim.SimpleStochasticSynapse(weight=2.0, delay=1.0, p=p),
            times.tolist(),
        )
        found[p] = (jumps > 1.0).mean()
    assert found[0.0] == 0.0
    assert found[1.0] == 1.0
    assert found[0.3] == pytest.approx(0.3, abs=5 * np.sqrt(0.21 / len(times)))


@pytest.mark.parametrize(
    ("model", "parameters", "mean", "deviation"),
    [
        ("SpikeSourceGamma", {"alpha": 4.0, "beta": 200.0}, 20.0, 10.0),
        ("SpikeSourcePoissonRefractory", {"rate": 50.0, "tau_refrac": 8.0}, 20.0, 12.0),
    ],
)
def test_intervals_of_other_sources(sim, trains, model, parameters, mean, deviation):
    def run(*pieces):
        sim.setup(timestep=0.1, rng_seed=5)
        source = sim.Population(20, getattr(sim, model)(start=100.0, duration=5e3, **parameters))
        source.record("spikes")
        for piece in pieces:
            sim.run(piece)
        return trains(source)

    found = run(6000.0)
    assert found == run(33.3, 4000.0, 1966.7)
    times = np.concatenate(found)
    assert 100.0 < times.min() < times.max() <= 5100.0
    intervals = np.concatenate([np.diff(train) for train in found])
    error = 5 * deviation / np.sqrt(len(intervals))
    assert intervals.mean() == pytest.approx(mean, abs=error)
    assert intervals.std() == pytest.approx(deviation, rel=0.1)
    assert intervals.min() >= parameters.get("tau_refrac", 0.0) - 0.1


def test_a_dead_time_longer_than_the_interval_is_refused(sim):
    sim.setup()
    with pytest.raises(sim.errors.InvalidParameterValueError, match="shorter than 1/rate"):
        sim.Population(1, sim.SpikeSourcePoissonRefractory(rate=200.0, tau_refrac=5.0))
