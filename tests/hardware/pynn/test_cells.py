"""Cells against the solutions of their equations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

QUIET = {"v_thresh": 1e6}


def _with_spike(sim, celltype, weight, receptor="excitatory", dt=0.1, v=None, duration=60.0):
    """A cell that gets one spike at 11 ms (sent at 10, delay 1)."""
    sim.setup(timestep=dt)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[10.0]))
    cell = sim.Population(1, celltype)
    if v is not None:
        cell.initialize(v=v)
    sim.Projection(
        source,
        cell,
        sim.OneToOneConnector(),
        sim.StaticSynapse(weight=weight, delay=1.0),
        receptor_type=receptor,
    )
    cell.record([name for name in celltype.recordable if name != "spikes"])
    sim.run(duration)
    return cell


@pytest.mark.parametrize("dt", [0.1, 0.5, 2.0])
def test_membrane_decays_to_rest_and_to_its_input(sim, signal, dt):
    sim.setup(timestep=dt)
    cell = sim.Population(1, sim.IF_curr_exp(tau_m=10.0, cm=0.5, i_offset=0.2, **QUIET))
    cell.initialize(v=-70.0)
    cell.record("v")
    sim.run(50.0)
    t = np.arange(0, 50 + dt / 2, dt)
    final = -65.0 + 0.2 * 10.0 / 0.5
    np.testing.assert_allclose(signal(cell)[:, 0], final + (-70 - final) * np.exp(-t / 10.0))


def _psp(t, tau_m, tau_s, cm, weight):
    """Response of the membrane to weight * exp(-t / tau_s), for t >= 0."""
    if tau_m == tau_s:
        return weight / cm * t * np.exp(-t / tau_m)
    factor = weight / cm * tau_m * tau_s / (tau_m - tau_s)
    return factor * (np.exp(-t / tau_m) - np.exp(-t / tau_s))


@pytest.mark.parametrize("dt", [0.1, 1.0])
@pytest.mark.parametrize(("tau_m", "tau_s"), [(20.0, 5.0), (5.0, 5.0), (4.0, 9.0)])
@pytest.mark.parametrize(("receptor", "weight"), [("excitatory", 0.7), ("inhibitory", -0.7)])
def test_exponential_current_is_exact(sim, signal, dt, tau_m, tau_s, receptor, weight):
    other = 1.7  # a mistaken receptor would show
    taus = {"tau_syn_E": tau_s, "tau_syn_I": other}
    if receptor == "inhibitory":
        taus = {"tau_syn_E": other, "tau_syn_I": tau_s}
    celltype = sim.IF_curr_exp(tau_m=tau_m, cm=0.8, **taus, **QUIET)
    cell = _with_spike(sim, celltype, weight, receptor, dt)
    t = np.maximum(np.arange(0, 60 + dt / 2, dt) - 11.0, 0)
    np.testing.assert_allclose(
        signal(cell)[:, 0], -65 + _psp(t, tau_m, tau_s, 0.8, weight), atol=1e-10
    )
    current = signal(cell, "isyn_exc" if weight > 0 else "isyn_inh")[:, 0]
    after = np.round(np.arange(0, 60 + dt / 2, dt) - 11.0, 9) >= 0
    np.testing.assert_allclose(current, after * weight * np.exp(-t / tau_s), atol=1e-12)


@pytest.mark.parametrize("tau_s", [2.0, 20.0])
def test_alpha_current_is_exact_and_peaks_at_the_weight(sim, signal, tau_s):
    cell = _with_spike(sim, sim.IF_curr_alpha(tau_m=20.0, tau_syn_E=tau_s, **QUIET), 0.5)
    current = signal(cell, "isyn_exc")[:, 0]
    assert current.max() == pytest.approx(0.5)
    assert current.argmax() == 110 + round(tau_s / 0.1)

    def slope(t, v):
        return -(v + 65) / 20.0 + 0.5 * np.e * t / tau_s * np.exp(-t / tau_s)

    truth = solve_ivp(slope, (0, 49), [-65.0], t_eval=np.arange(491) / 10, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(signal(cell)[110:, 0], truth.y[0], atol=1e-7)


def test_delta_synapse_is_a_step_of_the_weight(sim, signal):
    cell = _with_spike(sim, sim.IF_curr_delta(tau_m=20.0, **QUIET), 5.0)
    t = np.arange(601) / 10 - 11.0
    expected = np.where(t > -1e-9, 5.0 * np.exp(-np.maximum(t, 0) / 20.0), 0.0) - 65.0
    np.testing.assert_allclose(signal(cell)[:, 0], expected, atol=1e-12)


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize(("receptor", "reversal"), [("excitatory", 0.0), ("inhibitory", -80.0)])
def test_conductances_follow_their_equation(sim, signal, alpha, receptor, reversal):
    model = sim.IF_cond_alpha if alpha else sim.IF_cond_exp
    tau, weight, dt = 3.0, 0.4, 0.1  # 0.4 uS halves the membrane's time constant many times
    celltype = model(tau_m=15.0, cm=0.7, tau_syn_E=tau, tau_syn_I=tau, e_rev_I=-80.0, **QUIET)
    cell = _with_spike(sim, celltype, weight, receptor, dt)

    def conductance(t):
        return weight * (np.e * t / tau if alpha else 1.0) * np.exp(-t / tau)

    def slope(t, v):
        return -(v + 65.0) / 15.0 + conductance(t) * (reversal - v) / 0.7

    times = np.arange(491) / 10
    truth = solve_ivp(slope, (0, 49), [-65.0], "DOP853", times, rtol=1e-12, atol=1e-12)
    v = signal(cell)[:, 0]
    assert (v[:111] == -65.0).all()
    np.testing.assert_allclose(v[110:], truth.y[0], atol=1e-8)
    g = signal(cell, "gsyn_exc" if receptor == "excitatory" else "gsyn_inh")[110:, 0]
    np.testing.assert_allclose(g, conductance(times), atol=1e-12)


def test_izhikevich_follows_its_equation_between_spikes(sim, signal, trains):
    sim.setup(timestep=0.01)
    cell = sim.Population(1, sim.Izhikevich(a=0.02, b=0.2, c=-65.0, d=8.0, i_offset=0.01))
    cell.record(["v", "u", "spikes"])
    sim.run(190.0)

    def slope(_, y):
        v, u = y
        return 0.04 * v * v + 5 * v + 140 - u + 10.0, 0.02 * (0.2 * v - u)

    def peak(_, y):
        return y[0] - 30.0

    peak.terminal = True
    state, now, spikes = [-70.0, -14.0], 0.0, []
    while True:
        run = solve_ivp(slope, (now, 190.0), state, events=peak, rtol=1e-9, atol=1e-9)
        if run.status == 0:
            break
        now = run.t[-1]
        spikes.append(now)
        state = [-65.0, run.y[1, -1] + 8.0]
    (found,) = trains(cell)
    assert len(found) == len(spikes) > 3
    # A spike is seen at the end of its step, when v and u have gone on for a while.
    np.testing.assert_allclose(np.diff([0.0, *found]), np.diff([0.0, *spikes]), atol=0.1)


@pytest.mark.parametrize(("tau_refrac", "held"), [(0.0, 0), (0.1, 1), (2.0, 20)])
def test_refractory_period_holds_the_potential(sim, signal, trains, tau_refrac, held):
    sim.setup(timestep=0.1)
    cell = sim.Population(1, sim.IF_curr_exp(tau_refrac=tau_refrac, i_offset=2.0, v_reset=-70.0))
    cell.record(["v", "spikes"])
    sim.run(40.0)
    v, first = signal(cell)[:, 0], round(trains(cell)[0][0] / 0.1)
    assert v[first - 1] > -52
    assert (v[first : first + held + 1] == -70.0).all()
    assert v[first + held + 1] > -70.0
    # From the closed form: time from one value to another on the way to -65 + 2 * 20.
    rise = 20.0 * np.log((-25 - -70.0) / (-25 - -50.0))
    period = (np.ceil(rise / 0.1) + held) * 0.1
    np.testing.assert_allclose(np.diff(trains(cell)[0]), period)


def test_spikes_in_the_refractory_period_reach_receptors_but_not_a_jumping_potential(sim, signal):
    for model, weight, moved in ((sim.IF_curr_delta, 5.0, False), (sim.IF_curr_exp, 1.0, True)):
        sim.setup(timestep=0.1)
        source = sim.Population(2, sim.SpikeSourceArray(spike_times=[[1.0], [3.0]]))
        cell = sim.Population(1, model(tau_refrac=5.0))
        synapse = sim.StaticSynapse(weight=[[500.0], [weight]], delay=1.0)
        sim.Projection(source, cell, sim.AllToAllConnector(), synapse, receptor_type="excitatory")
        cell.record("v")
        sim.run(30.0)
        v = signal(cell)[:, 0]
        fired = int(np.argmax(np.diff(v) < -5) + 1) if moved else 20
        assert (v[fired : fired + 51] == -65.0).all()
        assert (v[fired + 51 :].max() > -65.0) == moved


def test_cells_of_one_population_may_differ(sim, signal):
    sim.setup(timestep=0.1)
    cells = sim.Population(3, sim.IF_cond_exp(tau_m=[5.0, 10.0, 20.0], cm=0.5, **QUIET))
    cells.initialize(v=[-70.0, -71.0, -72.0])
    cells.record("v")
    sim.run(5.0)
    expected = -65 + np.array([-5.0, -6.0, -7.0]) * np.exp(-5.0 / np.array([5.0, 10.0, 20.0]))
    np.testing.assert_allclose(signal(cells)[-1], expected)
