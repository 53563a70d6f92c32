"""Spike for spike beside NEST, through PyNN, on networks without chance."""

from __future__ import annotations

import numpy as np
import pytest

# A step that is exact in binary: NEST moves a spike that is off its grid by a rounding error to
# the next step.
DT = 0.125


@pytest.fixture
def nest():
    """PyNN's front end of NEST."""
    pytest.importorskip("nest", reason="NEST is not installed: pip install nest-simulator")
    import pyNN.nest

    return pyNN.nest


def _on_grid(values):
    return np.round(np.asarray(values) / DT) * DT


def _connections(rng, n_pre, n_post, fraction, longest):
    pairs = np.argwhere(rng.random((n_pre, n_post)) < fraction)
    weights = rng.uniform(0.2, 1.0, len(pairs))
    delays = _on_grid(rng.uniform(1.0, longest, len(pairs)))
    return [(int(i), int(j), w, d) for (i, j), w, d in zip(pairs, weights, delays, strict=True)]


def _run(sim, model, scale, parameters):
    """A recurrent network under fixed input: spikes and potentials."""
    rng = np.random.default_rng(5)
    # On the grid: NEST's other neurons fire between steps.
    sim.setup(timestep=DT, min_delay=DT, max_delay=10.0, spike_precision="on_grid")
    trains = [np.unique(_on_grid(rng.uniform(1, 280, 25))).tolist() for _ in range(30)]
    source = sim.Population(30, sim.SpikeSourceArray(spike_times=trains))
    cells = sim.Population(20, getattr(sim, model)(tau_refrac=2.0, **parameters))
    cells.initialize(v=-65.0)
    sign = 1.0 if "cond" in model else -1.0
    forward, back = _connections(rng, 30, 20, 0.5, 8.0), _connections(rng, 20, 20, 0.3, 5.0)
    for pre, listed, factor, receptor in (
        (source, forward, scale, "excitatory"),
        (cells, back, sign * scale, "inhibitory"),
    ):
        scaled = [(i, j, factor * w, d) for i, j, w, d in listed]
        connector = sim.FromListConnector(scaled, column_names=["weight", "delay"])
        sim.Projection(pre, cells, connector, sim.StaticSynapse(), receptor_type=receptor)
    cells.record(["spikes", "v"])
    sim.run(300.0)
    segment = cells.get_data().segments[0]
    spikes = [np.rint(train.magnitude / DT).astype(int).tolist() for train in segment.spiketrains]
    v = segment.filter(name="v")[0].magnitude
    sim.end()
    return spikes, v


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("model", "scale", "tolerance"),
    [
        ("IF_curr_exp", 1.0, 1e-11),
        ("IF_curr_alpha", 0.8, 1e-11),
        ("IF_cond_exp", 0.02, 1e-5),  # NEST's own error, whose solver adapts its steps
        ("IF_cond_alpha", 0.02, 1e-5),
    ],
)
def test_spikes_are_those_of_nest(sim, nest, model, scale, tolerance):
    parameters = {"tau_syn_E": 2.0, "tau_syn_I": 5.0}
    spikes, v = _run(sim, model, scale, parameters)
    expected, their_v = _run(nest, model, scale, parameters)
    assert sum(map(len, spikes)) > 150
    assert spikes == expected
    np.testing.assert_allclose(v, their_v, atol=tolerance)


@pytest.mark.filterwarnings("ignore")
def test_depression_and_facilitation_are_those_of_nest(sim, nest):
    found = []
    for module in (sim, nest):
        module.setup(timestep=DT, min_delay=DT, max_delay=10.0, spike_precision="on_grid")
        times = [10.0, 20.0, 25.0, 60.0, 61.0, 62.0, 200.0]
        source = module.Population(1, module.SpikeSourceArray(spike_times=times))
        cells = module.Population(3, module.IF_cond_exp(tau_syn_E=5.0))
        synapse = module.TsodyksMarkramSynapse(
            weight=0.01, delay=1.0, U=0.3, tau_rec=100.0, tau_facil=50.0
        )
        every = module.AllToAllConnector()
        module.Projection(source, cells, every, synapse, receptor_type="excitatory")
        cells.record("gsyn_exc")
        module.run(250.0)
        found.append(cells.get_data().segments[0].analogsignals[0].magnitude)
        module.end()
    assert found[0].max() > 0.003
    np.testing.assert_allclose(found[0], found[1], atol=1e-12)


@pytest.mark.filterwarnings("ignore")
def test_rates_under_poisson_input_are_those_of_nest(sim, nest):
    rates = []
    for module in (sim, nest):
        module.setup(timestep=DT, min_delay=DT, max_delay=10.0, rng_seed=4)
        source = module.Population(200, module.SpikeSourcePoisson(rate=20.0))
        cells = module.Population(100, module.IF_cond_exp(tau_refrac=2.0))
        some = module.FixedProbabilityConnector(0.2, rng=module.NumpyRNG(seed=8))
        synapse = module.StaticSynapse(weight=0.006, delay=1.0)
        module.Projection(source, cells, some, synapse, receptor_type="excitatory")
        cells.record("spikes")
        module.run(2000.0)
        rates.append(cells.mean_spike_count() / 2.0)
        module.end()
    assert rates[0] > 5.0
    assert rates[0] == pytest.approx(rates[1], rel=0.05)
