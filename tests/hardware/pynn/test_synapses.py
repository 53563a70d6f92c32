"""Connections: who is joined, how strongly, how late."""

from __future__ import annotations

import numpy as np
import pytest


def _pair(sim, n_pre=6, n_post=8, **setup):
    sim.setup(timestep=0.1, **setup)
    grid = sim.space.Line(dx=1.0)
    pre = sim.Population(n_pre, sim.IF_cond_exp(), structure=grid, label="pre")
    post = sim.Population(n_post, sim.IF_cond_exp(), structure=grid, label="post")
    return pre, post


def _joined(projection):
    return sorted((i, j) for i, j, _ in projection.get("weight", format="list"))


def test_delay_of_each_synapse(sim, signal):
    sim.setup(timestep=0.1)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0]))
    cells = sim.Population(4, sim.IF_curr_delta())
    delays = [0.1, 0.3, 2.0, 17.5]
    sim.Projection(
        source,
        cells,
        sim.AllToAllConnector(),
        sim.StaticSynapse(weight=1.0, delay=[delays]),
        receptor_type="excitatory",
    )
    cells.record("v")
    sim.run(30.0)
    first = [int(np.argmax(column > -65.0)) for column in signal(cells).T]
    assert first == [50 + round(d / 0.1) for d in delays]


def test_delays_between_steps_are_rounded_and_told(sim):
    pre, post = _pair(sim, 1, 1)
    synapse = sim.StaticSynapse(weight=0.1, delay=1.23)
    projection = sim.Projection(pre, post, sim.OneToOneConnector(), synapse)
    assert projection.get("delay", format="list", with_address=False) == [1.2]
    assert sim.get_min_delay() == 1.2


@pytest.mark.parametrize("delay", [0.04, 0.4, 5.1])
def test_delays_out_of_range_are_refused(sim, delay):
    pre, post = _pair(sim, 2, 2, min_delay=0.5, max_delay=5.0)
    synapse = sim.StaticSynapse(weight=0.1, delay=delay)
    with pytest.raises(sim.errors.ConnectionError, match=r"out of range \[0.5, 5\] ms"):
        sim.Projection(pre, post, sim.AllToAllConnector(), synapse)


@pytest.mark.parametrize("chip", [None, "loihi"])
@pytest.mark.parametrize("delay", [0.0, 0.05, -1.0, float("nan"), float("inf"), 1e9])
def test_delays_shorter_than_a_step_or_without_end_are_refused(sim, delay, chip):
    sim.setup(timestep=0.1, **({} if chip is None else {"chip": chip}))
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.0]))
    cells = sim.Population(1, sim.IF_curr_exp())
    synapse = sim.StaticSynapse(weight=0.1, delay=delay)
    with pytest.raises(sim.errors.ConnectionError, match=r"out of range \[0.1, 100000\] ms"):
        sim.Projection(source, cells, sim.AllToAllConnector(), synapse)


def test_no_delay_is_the_shortest_one(sim):
    pre, post = _pair(sim, 2, 2, min_delay=0.7)
    projection = sim.Projection(pre, post, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.1))
    assert (projection.get("delay", format="array") == 0.7).all()


def test_all_to_all_and_one_to_one(sim):
    pre, post = _pair(sim)
    synapse = sim.StaticSynapse(weight=0.1)
    everything = sim.Projection(pre, post, sim.AllToAllConnector(), synapse)
    assert _joined(everything) == [(i, j) for i in range(6) for j in range(8)]
    others = sim.Projection(pre, pre, sim.AllToAllConnector(allow_self_connections=False), synapse)
    assert _joined(others) == [(i, j) for i in range(6) for j in range(6) if i != j]
    pairs = sim.Projection(pre, post[:6], sim.OneToOneConnector(), synapse)
    assert _joined(pairs) == [(i, i) for i in range(6)]


def test_random_connectors_have_the_right_numbers(sim):
    pre, post = _pair(sim, 100, 120)
    rng, synapse = sim.NumpyRNG(seed=7), sim.StaticSynapse(weight=0.1)

    def joined(connector):
        matrix = sim.Projection(pre, post, connector, synapse).get("weight", format="array")
        return ~np.isnan(matrix)

    assert joined(sim.FixedProbabilityConnector(0.2, rng=rng)).mean() == pytest.approx(
        0.2, abs=0.02
    )
    fan_in = joined(sim.FixedNumberPreConnector(13, rng=rng)).sum(axis=0)
    assert (fan_in == 13).all()
    fan_out = joined(sim.FixedNumberPostConnector(9, rng=rng)).sum(axis=1)
    assert (fan_out == 9).all()
    total = sim.Projection(pre, post, sim.FixedTotalNumberConnector(500, rng=rng), synapse)
    assert len(total) == 500
    near = joined(sim.DistanceDependentProbabilityConnector("d < 2.5", rng=rng))
    rows, columns = np.nonzero(near)
    assert np.abs(rows - columns).max() == 2
    assert near.sum() > 400


def test_lists_files_arrays_and_clones(sim, tmp_path):
    pre, post = _pair(sim)
    listed = [(0, 1, 0.1, 0.5), (5, 7, 0.2, 1.0), (0, 1, 0.4, 2.0)]
    projection = sim.Projection(pre, post, sim.FromListConnector(listed), sim.StaticSynapse())
    assert sorted(projection.get(["weight", "delay"], format="list")) == sorted(listed)
    sums = projection.get("weight", format="array")
    assert sums[0, 1] == pytest.approx(0.5)
    for rule, value in {"first": 0.1, "last": 0.4, "min": 0.1, "max": 0.4}.items():
        matrix = projection.get("weight", format="array", multiple_synapses=rule)
        assert matrix[0, 1] == value, rule
        assert np.isnan(matrix).sum() == 46
    path = str(tmp_path / "connections.txt")
    projection.save("connections", path)
    again = sim.Projection(pre, post, sim.FromFileConnector(path), sim.StaticSynapse())
    assert _joined(again) == _joined(projection)
    mask = np.arange(48).reshape(6, 8) % 5 == 0
    drawn = sim.Projection(pre, post, sim.ArrayConnector(mask), sim.StaticSynapse(weight=0.1))
    assert _joined(drawn) == [(i, j) for i, j in zip(*np.nonzero(mask), strict=True)]
    clone = sim.Projection(pre, post, sim.CloneConnector(drawn), sim.StaticSynapse(weight=0.1))
    assert _joined(clone) == _joined(drawn)


@pytest.mark.parametrize("n_pre", [1, 4])
def test_connectors_work_for_a_single_cell(sim, n_pre):
    pre, post = _pair(sim, n_pre, 1)
    synapse = sim.StaticSynapse(weight=0.1)
    for connector in (
        sim.AllToAllConnector(),
        sim.OneToOneConnector(),
        sim.FixedProbabilityConnector(1.0),
        sim.DistanceDependentProbabilityConnector("d < 100"),
    ):
        projection = sim.Projection(pre, post, connector, synapse)
        assert len(projection) == (1 if isinstance(connector, sim.OneToOneConnector) else n_pre)


def test_weights_from_distances_and_random_numbers(sim):
    pre, post = _pair(sim)
    synapse = sim.StaticSynapse(
        weight="0.1 * d", delay=sim.RandomDistribution("uniform", low=1.0, high=3.0)
    )
    projection = sim.Projection(pre, post, sim.AllToAllConnector(), synapse)
    weight, delay = projection.get(["weight", "delay"], format="array")
    i, j = np.indices((6, 8))
    np.testing.assert_allclose(weight, 0.1 * abs(i - j), atol=1e-12)
    assert np.ptp(delay) > 0.5


def test_setting_weights_changes_what_arrives(sim, signal):
    sim.setup(timestep=0.1)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0, 35.0]))
    cells = sim.Population(3, sim.IF_curr_delta(tau_m=2.0))
    synapse = sim.StaticSynapse(weight=1.0, delay=1.0)
    projection = sim.Projection(
        source, cells, sim.AllToAllConnector(), synapse, receptor_type="excitatory"
    )
    cells.record("v")
    sim.run(20.0)
    projection.set(weight=[1.0, 2.0, 3.0], delay=2.0)
    projection[0].weight = 7.0
    sim.run(30.0)
    v = signal(cells)
    np.testing.assert_allclose(v[60], -64.0)
    np.testing.assert_allclose(v[370], np.array([7.0, 2.0, 3.0]) - 65.0, atol=1e-5)
    assert [c.as_tuple("weight", "delay") for c in projection][1] == (2.0, 2.0)


def test_wrong_signs_and_receptors_are_refused(sim):
    sim.setup()
    source = sim.Population(2, sim.SpikeSourcePoisson())
    cond, curr = sim.Population(2, sim.IF_cond_exp()), sim.Population(2, sim.IF_curr_exp())
    every = sim.AllToAllConnector()
    negative, positive = sim.StaticSynapse(weight=-0.1), sim.StaticSynapse(weight=0.1)
    for cells, synapse, receptor in (
        (cond, negative, "excitatory"),
        (cond, negative, "inhibitory"),
        (curr, negative, "excitatory"),
        (curr, positive, "inhibitory"),
        (curr, positive, "NMDA"),
    ):
        with pytest.raises(sim.errors.ConnectionError):
            sim.Projection(source, cells, every, synapse, receptor_type=receptor)
    projection = sim.Projection(source, curr, every, positive, receptor_type="excitatory")
    with pytest.raises(sim.errors.ConnectionError):
        projection.set(weight=-1.0)
    with pytest.raises(sim.errors.ConnectionError, match="spike sources receive nothing"):
        sim.Projection(curr, source, every, positive)
    with pytest.raises(IndexError, match="4 connections"):
        projection[4]


def test_synapses_of_other_simulators_are_refused(sim):
    from pyNN.standardmodels import synapses

    sim.setup()
    cells = sim.Population(2, sim.IF_curr_exp())
    foreign = synapses.MultiQuantalSynapse(weight=0.1, delay=1.0)
    with pytest.raises(sim.errors.InvalidModelError, match="MultiQuantalSynapse is no synapse"):
        sim.Projection(cells, cells, sim.AllToAllConnector(), foreign)


def test_synapses_between_assemblies_and_views(sim, signal):
    sim.setup(timestep=0.1)
    times = [[2.0], [4.0], [6.0], [8.0]]
    sources = [
        sim.Population(2, sim.SpikeSourceArray(spike_times=times[k : k + 2])) for k in (0, 2)
    ]
    cells = [sim.Population(2, sim.IF_curr_delta(tau_m=1.0)) for _ in range(3)]
    inputs, targets = sources[0] + sources[1], cells[0] + cells[1][1:] + cells[2]
    projection = sim.Projection(
        inputs[1:],
        targets,
        sim.FromListConnector([(0, 0), (1, 2), (2, 4)]),
        sim.StaticSynapse(weight=3.0, delay=1.0),
        receptor_type="excitatory",
    )
    for population in cells:
        population.record("v")
    sim.run(20.0)
    first = {
        (p, i): int(column.argmax())
        for p, population in enumerate(cells)
        for i, column in enumerate(signal(population).T)
        if column.max() > -64.0
    }
    assert first == {(0, 0): 50, (1, 1): 70, (2, 1): 90}
    assert projection.shape == (3, 5)
