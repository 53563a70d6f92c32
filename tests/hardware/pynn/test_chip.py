"""A network of PyNN on a chip."""

from __future__ import annotations

import numpy as np
import pytest

from polychrony.hardware import ChipLimitError, HardwareError, UnknownQuantityError
from polychrony.hardware.pynn.onchip.graph import as_graph
from polychrony.snn.simulate import simulate

CELL = {"v_rest": -65.0, "v_reset": -65.0, "v_thresh": -50.0, "tau_refrac": 0.0}


def _network(sim, model="IF_curr_delta", loop=False, chip="loihi", cell=None, **setup):
    sim.setup(timestep=1.0, chip=chip, **setup)
    rng = sim.NumpyRNG(seed=3)
    source = sim.Population(40, sim.SpikeSourcePoisson(rate=60.0), label="in")
    celltype = getattr(sim, model)(**{**CELL, **(cell or {})})
    hidden = sim.Population(30, celltype, label="hidden")
    out = sim.Population(10, celltype, label="out")
    weight = sim.RandomDistribution("uniform", low=0.5, high=4.0, rng=rng)
    delay = sim.RandomDistribution("uniform", low=1.0, high=6.0, rng=rng)
    synapse = sim.StaticSynapse(weight=weight, delay=delay)
    some = sim.FixedProbabilityConnector(0.5, rng=rng)
    sim.Projection(source, hidden, some, synapse, receptor_type="excitatory")
    sim.Projection(hidden[:20], out, sim.AllToAllConnector(), synapse, receptor_type="excitatory")
    back = sim.StaticSynapse(weight=2.0 if model == "IF_cond_exp" else -2.0, delay=1.0)
    every = sim.AllToAllConnector()
    sim.Projection(hidden[20:], out, every, back, receptor_type="inhibitory")
    if loop:
        sim.Projection(out, hidden, every, back, receptor_type="inhibitory")
    return source, hidden, out


def _counts(sim, populations, n_steps):
    """Spikes of each population, [T, 1, N]."""
    found = {}
    for population in populations:
        counts = np.zeros((n_steps, 1, population.size), np.uint8)
        for train in population.get_data("spikes").segments[0].spiketrains:
            steps = np.rint(train.magnitude).astype(int) - 1
            np.add.at(counts, (steps, 0, train.annotations["source_index"]), 1)
        found[population.label] = counts
    return found


@pytest.mark.parametrize("loop", [False, True])
def test_the_graph_does_what_the_simulation_did(sim, loop):
    from polychrony.hardware.pynn import simulator

    populations = _network(sim, loop=loop, cell={"i_offset": 0.3, "tau_m": 12.0, "cm": 0.5})
    for population in populations:
        population.record("spikes")
    sim.run(300.0)
    state = simulator.state
    network = as_graph(state.populations, state.projections, state.account.chip, state.dt)
    found = _counts(sim, populations, 300)
    graph = simulate(network, {"in": found["in"]})
    for name in ("hidden", "out"):
        assert found[name].sum() > 200
        assert (graph.spikes[name] != found[name]).sum() <= 2, name  # float32 at the threshold


def test_report_of_costs_and_spikes(sim):
    _network(sim)
    sim.run(120.0)
    sim.run(80.0)
    sim.reset()
    sim.run(200.0)
    report = sim.report()
    assert report.costs.chip == "loihi"
    assert report.costs.n_samples == 2
    assert report.costs.steps_per_inference == 200
    assert report.not_compared == ()
    soft, hard = report.comparison.spikes_software, report.comparison.spikes_hardware
    assert soft["in"] == hard["in"] > 100
    assert hard["out"] == pytest.approx(soft["out"], rel=0.1)
    assert report.comparison.spikes_differ["out"] < soft["out"]  # twice that if nothing agreed
    energy = report.costs.energy_per_inference_J
    assert energy["total"] == pytest.approx(sum(v for k, v in energy.items() if k != "total"))
    assert report.costs.spikes_per_inference == hard


def test_costs_of_the_simulation_by_hand(sim):
    """One chain of known events with the published energies of Loihi."""
    sim.setup(timestep=1.0, chip="loihi")
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0, 9.0]), label="in")
    cells = sim.Population(3, sim.IF_curr_exp(**CELL), label="cells")
    strong = sim.StaticSynapse(weight=100.0, delay=2.0)
    sim.Projection(source, cells, sim.AllToAllConnector(), strong, receptor_type="excitatory")
    cells.set(tau_syn_E=0.1, tau_refrac=0.0, cm=0.1)
    sim.run(20.0)
    report = sim.report()
    assert report.costs.spikes_per_inference == {"in": 2.0, "cells": 6.0}
    assert report.costs.synaptic_ops_per_inference == 6.0
    assert report.costs.energy_per_inference_J["synapse"] == pytest.approx(6 * 23.6e-12)
    assert report.comparison is None


def test_currents_are_accounted_but_not_compared(sim):
    _network(sim, "IF_curr_exp")
    sim.run(100.0)
    report = sim.report()
    assert report.comparison is None
    assert report.not_compared[0] == "hidden: IF_curr_exp has synaptic currents"
    assert report.costs.synaptic_ops_per_inference > 0


def test_loops_are_compared_too(sim):
    _, _, out = _network(sim, loop=True)
    out.record("spikes")
    sim.run(100.0)
    report = sim.report()
    assert report.not_compared == ()
    soft, hard = report.comparison.spikes_software, report.comparison.spikes_hardware
    assert soft["out"] == out.mean_spike_count() * 10
    assert hard["out"] == pytest.approx(soft["out"], rel=0.1)
    assert report.comparison.spikes_differ["out"] < soft["out"]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ({"tau_refrac": 2.0}, "tau_refrac is 2.0 ms"),
        ({"v_rest": -64.0, "v_reset": -64.0}, "v does not begin at v_rest"),
    ],
)
def test_why_there_is_no_comparison(sim, cell, reason):
    _network(sim, cell=cell)
    sim.run(20.0)
    assert reason in sim.report().not_compared[0]


def test_a_change_on_the_way_is_told(sim):
    _, hidden, _ = _network(sim)
    sim.run(20.0)
    hidden.set(i_offset=0.1)
    sim.run(20.0)
    assert sim.report().not_compared == ("parameters were changed while it ran",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "IF_cond_exp"}, "population 'hidden': IF_cond_exp is no neuron of loihi"),
        ({"model": "IF_curr_exp", "chip": "truenorth"}, "use IF_curr_delta$"),
        ({"cell": {"v_reset": -70.0}}, "v_reset is -70.0 mV and v_rest -65.0 mV"),
        ({"cell": {"v_thresh": -66.0}}, "v_thresh is not above v_rest"),
    ],
)
def test_cells_that_a_chip_does_not_have_are_refused_before_the_run(sim, change, message):
    _network(sim, **change)
    with pytest.raises(HardwareError, match=message):
        sim.run(10.0)


def test_limits_of_the_chip_are_refused_before_the_run(sim):
    sim.setup(timestep=0.1, chip="loihi")
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]), label="in")
    cells = sim.Population(2, sim.IF_curr_delta(**CELL), label="cells")
    late = sim.StaticSynapse(weight=1.0, delay=6.3)
    sim.Projection(source, cells, sim.AllToAllConnector(), late, receptor_type="excitatory")
    with pytest.raises(ChipLimitError, match="in->cells: longest delay is 63 steps"):
        sim.run(10.0)


def test_what_is_no_part_of_a_chip_is_refused(sim):
    _, hidden, _ = _network(sim)
    hidden.inject(sim.DCSource(amplitude=0.1))
    with pytest.raises(HardwareError, match="current sources"):
        sim.run(10.0)
    source, hidden, _ = _network(sim)
    mechanism = sim.STDPMechanism(sim.SpikePairRule(), sim.AdditiveWeightDependence(), weight=0.5)
    sim.Projection(source, hidden, sim.AllToAllConnector(), mechanism)
    with pytest.raises(HardwareError, match="whose strength changes are not modelled"):
        sim.run(10.0)
    sim.setup(chip="loihi")
    sim.Population(2, sim.SpikeSourcePoisson())
    with pytest.raises(HardwareError, match="no neurons"):
        sim.run(10.0)


def test_relays_make_delays_where_a_run_of_the_chip_is_exact(sim):
    _network(sim, chip="truenorth", relays=True, fan_in="split")
    sim.run(60.0)
    assert sim.report().comparison is not None


def test_reports_without_a_chip_or_a_run_are_refused(sim):
    sim.setup()
    with pytest.raises(HardwareError, match="setup\\(chip='loihi'\\)"):
        sim.report()
    _network(sim)
    with pytest.raises(HardwareError, match="call run"):
        sim.report()


@pytest.mark.parametrize(
    ("setup", "error"),
    [
        ({"chip": "nonsense"}, HardwareError),
        ({"chip": "loihi", "profile": "nonsense"}, HardwareError),
        ({"chip": "loihi", "noc": "nonsense"}, HardwareError),
        ({"chip": "dynapse"}, UnknownQuantityError),
        ({"chip": "loihi2"}, UnknownQuantityError),
    ],
)
def test_unknown_chips_and_costs_are_refused_at_once(sim, setup, error):
    with pytest.raises(error):
        sim.setup(**setup)


def test_labels_that_repeat_get_numbers(sim):
    sim.setup(timestep=1.0, chip="loihi")
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=[0.0, 3.0]), label="x")
    cells = sim.Population(2, sim.IF_curr_delta(**CELL), label="x")
    synapse = sim.StaticSynapse(weight=20.0, delay=1.0)
    sim.Projection(source, cells, sim.OneToOneConnector(), synapse, receptor_type="excitatory")
    sim.run(10.0)
    report = sim.report()
    assert report.comparison.spikes_software == {"x#0": 4.0, "x#1": 4.0}
    assert report.comparison.spikes_differ == {"x#0": 0.0, "x#1": 0.0}
