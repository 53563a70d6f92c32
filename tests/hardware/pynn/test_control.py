"""Running, resetting, and what may be changed in between."""

from __future__ import annotations

import numpy as np
import pytest


def _network(sim, **setup):
    """Poisson sources, recurrent cells of two types, plastic and static synapses."""
    sim.setup(timestep=0.1, min_delay=0.1, **setup)
    rng = sim.NumpyRNG(seed=2)
    source = sim.Population(10, sim.SpikeSourcePoisson(rate=80.0))
    cells = sim.Population(20, sim.IF_cond_exp(tau_refrac=2.0), initial_values={"v": -60.0})
    others = sim.Population(8, sim.IF_curr_alpha())
    some = sim.FixedProbabilityConnector(0.5, rng=rng)
    delay = sim.RandomDistribution("uniform", low=0.3, high=4.0, rng=rng)
    strong = sim.StaticSynapse(weight=0.03, delay=delay)
    sim.Projection(source, cells, some, strong, receptor_type="excitatory")
    sim.Projection(cells, cells, some, sim.StaticSynapse(weight=0.002, delay=delay))
    mechanism = sim.STDPMechanism(
        sim.SpikePairRule(), sim.AdditiveWeightDependence(0, 1), weight=0.5, delay=delay
    )
    sim.Projection(cells, others, some, mechanism, receptor_type="excitatory")
    noise = sim.NoisyCurrentSource(mean=0.1, stdev=0.3, start=20.0, stop=150.0, dt=0.5)
    cells[:5].inject(noise)
    for population in (source, cells, others):
        population.record("spikes")
    others.record("v")
    cells[3:6].record(["v", "gsyn_exc"])
    return source, cells, others


def test_several_runs_are_one_run(sim, signal, trains):
    populations = _network(sim)
    sim.run(200.0)
    once = [(trains(p), signal(p)) for p in populations[1:]]
    sources = trains(populations[0])
    populations = _network(sim)
    for duration in (0.1, 0.2, 37.7, 100.0, 62.0):
        sim.run(duration)
    assert sim.get_current_time() == 200.0
    assert sum(map(len, once[0][0])) > 50
    assert sum(map(len, once[1][0])) > 20
    assert trains(populations[0]) == sources
    for population, (spikes, v) in zip(populations[1:], once, strict=True):
        assert trains(population) == spikes
        np.testing.assert_array_equal(signal(population), v)


def test_seeds_of_sources(sim, trains):
    drawn = []
    for seed in (1, 1, 2):
        source = _network(sim, rng_seed=seed)[0]
        sim.run(100.0)
        drawn.append(trains(source))
    assert drawn[0] == drawn[1] != drawn[2]


def test_reset_begins_a_new_segment_from_the_same_state(sim, signal, trains):
    sim.setup(timestep=0.1)
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=[[0.0, 3.0], [7.0]]))
    cell = sim.Population(2, sim.IF_curr_exp(i_offset=0.9), initial_values={"v": [-60.0, -58.0]})
    synapse = sim.StaticSynapse(weight=3.0, delay=1.0)
    sim.Projection(source, cell, sim.AllToAllConnector(), synapse, receptor_type="excitatory")
    cell.record(["v", "spikes"])
    sim.run(30.0)
    sim.reset()
    assert sim.get_current_time() == 0.0
    sim.run(30.0)
    assert len(cell.get_data().segments) == 2
    assert trains(cell, 0) == trains(cell, 1)
    assert sum(map(len, trains(cell, 0))) > 2
    np.testing.assert_array_equal(signal(cell, segment=0), signal(cell, segment=1))
    assert signal(cell, segment=0)[0].tolist() == [-60.0, -58.0]


def test_poisson_sources_draw_anew_after_a_reset(sim, trains):
    sim.setup()
    source = sim.Population(3, sim.SpikeSourcePoisson(rate=200.0))
    source.record("spikes")
    sim.run(100.0)
    sim.reset()
    sim.run(100.0)
    assert trains(source, 0) != trains(source, 1)


def test_parameters_and_state_change_between_runs(sim, signal):
    sim.setup(timestep=0.1)
    cells = sim.Population(2, sim.IF_curr_exp(tau_m=10.0))
    cells.record("v")
    sim.run(10.0)
    cells.set(i_offset=[0.5, 0.0])
    cells[1:2].initialize(v=-80.0)
    sim.run(10.0)
    t = np.arange(101) / 10
    v = signal(cells)[100:]
    np.testing.assert_allclose(v[:, 0], -65 + 5.0 * -np.expm1(-t / 10.0))
    np.testing.assert_allclose(v[1:, 1], -65 - 15.0 * np.exp(-t[1:] / 10.0))


def test_run_until_and_callbacks(sim):
    sim.setup(timestep=0.1)
    cells = sim.Population(1, sim.IF_curr_exp())
    called = []

    def every(t):
        called.append(round(t, 6))
        cells.set(i_offset=0.1 * len(called))
        return t + 2.5

    sim.run_until(10.0, callbacks=[every])
    assert called == [0.0, 2.5, 5.0, 7.5, 10.0]
    assert sim.get_current_time() == 10.0
    with pytest.raises(ValueError, match="in the past"):
        sim.run_until(5.0)
    sim.run_for(0.5)
    assert sim.get_current_time() == 10.5


def test_spike_times_can_be_replaced_while_running(sim, trains):
    sim.setup(timestep=0.1)
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=[[5.0, 15.0], []]))
    source.record("spikes")
    sim.run(10.0)
    source.set(spike_times=[[3.0, 12.0, 18.0], [11.0]])
    sim.run(20.0)
    assert trains(source) == [[5.0, 12.0, 18.0], [11.0]]


def test_a_network_can_grow_between_runs(sim, signal):
    sim.setup(timestep=0.1)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[9.8, 12.0]))
    first = sim.Population(1, sim.IF_curr_delta())
    synapse = sim.StaticSynapse(weight=2.0, delay=1.0)
    every = sim.AllToAllConnector()
    sim.Projection(source, first, every, synapse, receptor_type="excitatory")
    first.record("v")
    sim.run(10.0)
    second = sim.Population(2, sim.IF_curr_delta())
    late = sim.StaticSynapse(weight=1.0, delay=5.0)
    sim.Projection(source, second, every, late, receptor_type="excitatory")
    sim.run(10.0)
    v = signal(first)[:, 0]
    assert v[108] == -63.0  # the spike was under way when the network grew
    second.record("v")
    sim.run(1.0)
    late_v = signal(second)  # from 10 ms on, when the population was created
    assert np.isnan(late_v[99]).all()
    np.testing.assert_allclose(late_v[100:, 0], -65.0 + np.exp(-np.arange(30, 41) / 200.0))


def test_setup_forgets_the_network(sim, trains):
    for _ in range(2):
        source = _network(sim)[0]
        sim.run(50.0)
        found = trains(source)
    assert sim.get_time_step() == 0.1
    assert len(found) == 10
    sim.setup(timestep=0.5, min_delay=1.0, max_delay=7.0)
    assert (sim.get_time_step(), sim.get_min_delay(), sim.get_max_delay()) == (0.5, 1.0, 7.0)
    assert (sim.num_processes(), sim.rank(), sim.get_current_time()) == (1, 0, 0.0)


@pytest.mark.parametrize("timestep", [0.0, -1.0, float("nan")])
def test_a_step_that_is_no_time_is_refused(sim, timestep):
    with pytest.raises(ValueError, match="timestep"):
        sim.setup(timestep=timestep)


def test_poisson_rate_start_and_duration(sim, trains):
    sim.setup(timestep=0.1)
    source = sim.Population(200, sim.SpikeSourcePoisson(rate=50.0, start=100.0, duration=400.0))
    source.record("spikes")
    sim.run(1000.0)
    times = np.concatenate(trains(source))
    assert times.min() > 100.0
    assert times.max() <= 500.0
    expected = 200 * 50.0 * 0.4
    assert abs(len(times) - expected) < 5 * np.sqrt(expected)
    counts = np.histogram(times, 40, (100.0, 500.0))[0]
    assert counts.var() == pytest.approx(counts.mean(), rel=0.7)
    assert 0 < min(len(train) for train in trains(source)) < max(map(len, trains(source)))
