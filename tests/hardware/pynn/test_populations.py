"""Populations, views and assemblies."""

from __future__ import annotations

import numpy as np
import pytest


def test_parameters_of_populations_and_views(sim):
    sim.setup()
    cells = sim.Population(6, sim.IF_cond_exp(tau_m=12.0, v_rest=-60.0))
    assert cells.get("tau_m") == 12.0
    cells[1:5][::2].set(tau_m=[7.0, 9.0])
    assert cells.get("tau_m").tolist() == [12.0, 7.0, 12.0, 9.0, 12.0, 12.0]
    view = cells[[0, 3, 5]]
    assert view.get("tau_m").tolist() == [12.0, 9.0, 12.0]
    view[1:].set(cm=0.3)
    assert cells.get("cm").tolist() == [1.0, 1.0, 1.0, 0.3, 1.0, 0.3]
    assert cells.get(["v_rest", "cm"])[0] == -60.0
    cells[4].v_thresh = -51.0
    assert cells[4].v_thresh == -51.0
    assert cells.get("v_thresh")[3] == -50.0
    cells.set(tau_m=lambda i: 10.0 + i)
    assert cells.get("tau_m").tolist() == [10.0, 11.0, 12.0, 13.0, 14.0, 15.0]


def test_two_populations_of_one_cell_type_are_independent(sim):
    sim.setup()
    celltype = sim.IF_curr_exp(tau_m=12.0)
    a, b = sim.Population(3, celltype), sim.Population(5, celltype)
    a.set(tau_m=4.0)
    assert b.get("tau_m") == 12.0


def test_spike_times_are_read_back(sim):
    sim.setup()
    source = sim.Population(2, sim.SpikeSourceArray(spike_times=[[1.0, 2.0], [3.0]]))
    assert [train.value.tolist() for train in source.get("spike_times")] == [[1.0, 2.0], [3.0]]
    source[1:].set(spike_times=[4.0, 5.0])
    assert [train.value.tolist() for train in source.get("spike_times")] == [[1, 2], [4, 5]]


def test_spike_times_from_a_function(sim, trains):
    from pyNN.parameters import Sequence

    def times(i):
        return [Sequence([2.0 + k, 9.0]) for k in i] if hasattr(i, "__len__") else Sequence([i])

    sim.setup()
    source = sim.Population(3, sim.SpikeSourceArray(spike_times=times))
    source.record("spikes")
    sim.run(10.0)
    assert trains(source) == [[2.0, 9.0], [3.0, 9.0], [4.0, 9.0]]


def test_random_initial_values_are_drawn_once(sim, signal):
    sim.setup()
    rng = sim.NumpyRNG(seed=1)
    cells = sim.Population(50, sim.IF_curr_exp(tau_m=1e9))
    cells.initialize(v=sim.RandomDistribution("uniform", low=-70.0, high=-60.0, rng=rng))
    cells[:2].initialize(v=-55.0)
    cells.record("v")
    sim.run(1.0)
    sim.reset()
    sim.run(1.0)
    begin = signal(cells, segment=0)[0]
    np.testing.assert_array_equal(signal(cells, segment=1)[0], begin)
    assert begin[:2].tolist() == [-55.0, -55.0]
    assert -70 <= begin[2:].min() < -69 < -61 < begin[2:].max() <= -60
    assert cells[7].get_initial_value("v") == begin[7]
    np.testing.assert_array_equal(cells[:9].initial_values["v"].evaluate(), begin[:9])


def test_assemblies_set_and_get(sim):
    sim.setup()
    a, b = sim.Population(2, sim.IF_curr_exp()), sim.Population(3, sim.IF_cond_exp())
    both = a + b[:2]
    both.set(tau_m=3.0)
    both.initialize(v=-61.0)
    assert a.get("tau_m") == 3.0
    assert b.get("tau_m").tolist() == [3.0, 3.0, 20.0]
    assert both.get("tau_m") == 3.0
    assert b.initial_values["v"].evaluate().tolist() == [-61.0, -61.0, -65.0]
    assert len(both[1:3].populations) == 2


def test_cell_types_of_other_simulators_are_refused(sim):
    from pyNN.standardmodels import cells

    sim.setup()
    with pytest.raises(sim.errors.InvalidModelError, match=r"GIF_cond_exp .* IF_curr_exp"):
        sim.Population(1, cells.GIF_cond_exp())


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        ("IF_curr_exp", {"tau_m": 0.0}),
        ("IF_curr_exp", {"tau_syn_E": -1.0}),
        ("IF_cond_exp", {"cm": 0.0}),
        ("IF_curr_exp", {"tau_m": "nonsense"}),
        ("SpikeSourceArray", {"spike_times": [3.0, 2.0]}),
        ("SpikeSourceArray", {"spike_times": [-1.0]}),
        ("SpikeSourcePoisson", {"rate": -5.0}),
    ],
)
def test_impossible_parameters_are_refused(sim, model, parameters):
    sim.setup()
    with pytest.raises(sim.errors.InvalidParameterValueError):
        sim.Population(2, getattr(sim, model)(**parameters))


def test_a_refused_parameter_leaves_the_old_one(sim):
    sim.setup()
    cells = sim.Population(2, sim.IF_curr_exp())
    with pytest.raises(sim.errors.InvalidParameterValueError):
        cells[:1].set(tau_m=-1.0)
    with pytest.raises(sim.errors.InvalidParameterValueError, match="tau_m"):
        cells.set(tau_m={})
    assert cells.get("tau_m") == 20.0


def test_unknown_names_are_refused(sim):
    sim.setup()
    with pytest.raises(sim.errors.NonExistentParameterError):
        sim.IF_curr_exp(tau=3.0)
    cells = sim.Population(1, sim.IF_curr_exp())
    with pytest.raises(sim.errors.NonExistentParameterError, match="nonsense"):
        cells.get("nonsense")
    with pytest.raises(sim.errors.NonExistentParameterError):
        cells.set(nonsense=1.0)
    with pytest.raises(sim.errors.NonExistentParameterError):
        cells.initialize(nonsense=1.0)


def test_descriptions_and_models(sim):
    sim.setup()
    cells = sim.Population(2, sim.IF_curr_exp(), label="cells")
    projection = sim.Projection(
        cells, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.1, delay=1.0)
    )
    assert "IF_curr_exp" in cells.describe()
    assert "OneToOneConnector" in projection.describe()
    assert {"IF_cond_exp", "Izhikevich", "SpikeSourcePoisson"} <= set(sim.list_standard_models())
