"""Sources of current."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp


def _injected(sim, source, dt=0.1, duration=50.0, tau_m=8.0):
    cell = sim.Population(2, sim.IF_curr_exp(tau_m=tau_m, cm=0.4, v_thresh=1e6))
    source.inject_into(cell[:1])
    source.record()
    cell.record("v")
    sim.run(duration)
    return cell


def test_constant_current_from_start_to_stop(sim, signal):
    sim.setup(timestep=0.1)
    source = sim.DCSource(amplitude=0.3, start=10.0, stop=30.0)
    v = signal(_injected(sim, source))
    t, rise = np.arange(501) / 10, 0.3 * 8.0 / 0.4
    during = rise * -np.expm1(-np.clip(t - 10, 0, 20) / 8.0)
    np.testing.assert_allclose(v[:, 0], -65 + during * np.exp(-np.maximum(t - 30, 0) / 8.0))
    assert (v[:, 1] == -65.0).all()
    current = source.get_data().magnitude[:, 0]
    np.testing.assert_array_equal(current, np.where((t >= 10) & (t < 30), 0.3, 0.0))


def test_steps_of_current(sim, signal):
    sim.setup(timestep=0.1)
    source = sim.StepCurrentSource(times=[5.0, 20.0, 31.0], amplitudes=[0.2, -0.1, 0.0])
    _injected(sim, source)
    t = np.round(np.arange(501) / 10, 9)
    expected = np.select([t >= 31, t >= 20, t >= 5], [0.0, -0.1, 0.2], 0.0)
    np.testing.assert_array_equal(source.get_data().magnitude[:, 0], expected)


def test_sine_has_its_phase_at_its_start(sim, signal):
    sim.setup(timestep=0.01)
    source = sim.ACSource(
        amplitude=0.4, offset=0.1, frequency=60.0, phase=30.0, start=5.0, stop=45.0
    )
    cell = _injected(sim, source)

    def slope(t, v):
        on = 5.0 <= t < 45.0
        sine = np.sin(2 * np.pi * 0.06 * (t - 5.0) + np.pi / 6)
        return -(v + 65.0) / 8.0 + on * (0.1 + 0.4 * sine) / 0.4

    times = np.arange(0, 51, 5.0)
    truth = solve_ivp(slope, (0, 50), [-65.0], t_eval=times, rtol=1e-9, atol=1e-9, max_step=0.05)
    # Current is held for each step: an error in proportion to the step.
    np.testing.assert_allclose(signal(cell)[::500, 0], truth.y[0], atol=2e-2)


def test_noise_has_its_moments_and_interval(sim):
    sim.setup(timestep=0.1)
    source = sim.NoisyCurrentSource(mean=0.5, stdev=0.2, start=10.0, stop=990.0, dt=0.5)
    _injected(sim, source, duration=1000.0)
    current = source.get_data().magnitude[:, 0]
    assert (current[:100] == 0).all()
    assert (current[9900:] == 0).all()
    blocks = current[100:9900].reshape(-1, 5)
    assert (blocks == blocks[:, :1]).all()
    drawn = blocks[:, 0]
    assert drawn.mean() == pytest.approx(0.5, abs=5 * 0.2 / np.sqrt(len(drawn)))
    assert drawn.std() == pytest.approx(0.2, rel=0.1)
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 0.1


def test_several_sources_add_up_and_change_on_the_fly(sim, signal):
    sim.setup(timestep=0.1)
    cells = sim.Population(2, sim.IF_curr_exp(tau_m=1.0, cm=1.0, v_thresh=1e6))
    others = sim.Population(1, sim.IF_cond_exp(tau_m=1.0, cm=1.0, v_thresh=1e6))
    a, b = sim.DCSource(amplitude=1.0), sim.DCSource(amplitude=2.0)
    a.inject_into(cells + others)
    cells[1].inject(b)
    cells.record("v")
    others.record("v")
    sim.run(30.0)
    np.testing.assert_allclose(signal(cells)[-1], [-64.0, -62.0])
    np.testing.assert_allclose(signal(others)[-1], [-64.0])
    a.amplitude += 4.0
    sim.run(30.0)
    np.testing.assert_allclose(signal(cells)[-1], [-60.0, -58.0])
    assert a.amplitude == 5.0


def test_impossible_sources_are_refused(sim):
    sim.setup(timestep=0.1)
    for times in ([1.0, 0.5], [-1.0, 2.0]):
        with pytest.raises(ValueError, match="times"):
            sim.StepCurrentSource(times=times, amplitudes=[1.0, 2.0])
    with pytest.raises(ValueError, match="2 times and 1 amplitudes"):
        sim.StepCurrentSource(times=[1.0, 2.0], amplitudes=[1.0])
    with pytest.raises(ValueError, match="multiple of the time step"):
        sim.NoisyCurrentSource(dt=0.25)
    with pytest.raises(sim.errors.NonExistentParameterError):
        sim.DCSource(current=1.0)
    with pytest.raises(TypeError, match="spike source"):
        sim.DCSource().inject_into(sim.Population(1, sim.SpikeSourcePoisson()))
