"""Whole scripts, of the kinds that PyNN's examples are."""

from __future__ import annotations

import numpy as np
import pytest


def test_a_small_network(sim):
    """Regular input, cells with noise in their thresholds, everything recorded."""
    sim.setup(timestep=0.1, min_delay=0.5, max_delay=4.0)
    rng = sim.NumpyRNG(seed=11)
    threshold = sim.RandomDistribution("normal", mu=-55.0, sigma=1.0, rng=rng)
    regular = sim.SpikeSourceArray(spike_times=np.arange(5.0, 200.0, 4.0))
    source = sim.Population(10, regular, label="clock")
    cells = sim.Population((4, 5), sim.IF_cond_alpha(v_thresh=threshold), label="sheet")
    synapse = sim.StaticSynapse(weight=lambda d: 0.04 * np.exp(-d / 4), delay="0.5 + 0.1 * d")
    sim.Projection(source, cells, sim.AllToAllConnector(), synapse, receptor_type="excitatory")
    source.record("spikes")
    cells.record(["spikes", "v", "gsyn_exc"])
    sim.run(200.0)
    data = cells.get_data().segments[0]
    assert {signal.name for signal in data.analogsignals} == {"v", "gsyn_exc"}
    assert source.mean_spike_count() == 49
    assert cells.mean_spike_count() > 3
    sim.end()


def test_plasticity_prefers_inputs_that_come_before(sim):
    """Pairs of a pre- and a postsynaptic spike at 30 Hz, 12 ms apart, in both orders."""
    sim.setup(timestep=0.1, min_delay=0.1, max_delay=2.0)
    times = np.arange(20.0, 1500.0, 33.0)
    pre = sim.Population(2, sim.SpikeSourceArray(spike_times=[times - 12.0, times + 12.0]))
    driver = sim.Population(1, sim.SpikeSourceArray(spike_times=times))
    cell = sim.Population(1, sim.IF_curr_exp(tau_refrac=5.0, tau_syn_E=0.5))
    rule = sim.STDPMechanism(
        timing_dependence=sim.SpikePairRule(
            tau_plus=10.0, tau_minus=10.0, A_plus=0.02, A_minus=0.02
        ),
        weight_dependence=sim.AdditiveWeightDependence(w_min=0.0, w_max=0.04),
        weight=0.02,
        delay=0.1,
    )
    every = sim.AllToAllConnector()
    learning = sim.Projection(pre, cell, every, rule, receptor_type="excitatory")
    strong = sim.StaticSynapse(weight=60.0, delay=0.1)
    sim.Projection(driver, cell, every, strong, receptor_type="excitatory")
    course = []

    def look(t):
        course.append(learning.get("weight", format="array")[:, 0].copy())
        return t + 100.0

    sim.run(1500.0, callbacks=[look])
    early, late = np.array(course).T
    assert (np.diff(early) >= 0).all()
    assert (np.diff(late) <= 0).all()
    assert early[-1] > 0.023
    assert late[-1] < 0.017


@pytest.mark.parametrize(
    ("model", "excitatory", "inhibitory"),
    [("IF_cond_exp", 0.006, 0.067), ("IF_curr_exp", 0.2, -2.2)],
)
def test_balanced_networks_stay_active_and_irregular(sim, model, excitatory, inhibitory):
    """A quarter of the network of Vogels and Abbott, with the weights of 1000 cells."""
    n, rng = 1000, sim.NumpyRNG(seed=3)
    sim.setup(timestep=0.1, min_delay=0.2, max_delay=1.0)
    reversal = {"e_rev_E": 0.0, "e_rev_I": -80.0} if model == "IF_cond_exp" else {}
    rest = -60.0 if model == "IF_cond_exp" else -49.0
    celltype = getattr(sim, model)(
        tau_m=20.0,
        cm=0.2,
        v_rest=rest,
        v_thresh=-50.0,
        v_reset=-60.0,
        tau_refrac=5.0,
        tau_syn_E=5.0,
        tau_syn_I=10.0,
        **reversal,
    )
    cells = sim.Population(n, celltype)
    cells.initialize(v=sim.RandomDistribution("uniform", low=-60.0, high=-50.0, rng=rng))
    some = sim.FixedProbabilityConnector(0.05, rng=rng)
    for part, weight, receptor in (
        (cells[:800], excitatory, "excitatory"),
        (cells[800:], inhibitory, "inhibitory"),
    ):
        sim.Projection(
            part, cells, some, sim.StaticSynapse(weight=weight, delay=0.2), receptor_type=receptor
        )
    kick = sim.Population(20, sim.SpikeSourcePoisson(rate=100.0, duration=50.0))
    strong = sim.StaticSynapse(weight=abs(excitatory) * 4, delay=0.2)
    sim.Projection(kick, cells, some, strong, receptor_type="excitatory")
    cells.record("spikes")
    sim.run(500.0)
    trains = [t.magnitude for t in cells.get_data().segments[0].spiketrains]
    late = np.concatenate(trains)
    rate = (late > 200.0).sum() / n / 0.3
    assert 1.0 < rate < 100.0
    intervals = [np.diff(t) for t in trains if len(t) > 4]
    assert np.mean([i.std() / i.mean() for i in intervals]) > 0.4
