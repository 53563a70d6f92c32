"""What is recorded, of whom, and from when."""

from __future__ import annotations

import numpy as np
import pytest


def test_signals_have_names_units_and_channels(sim):
    sim.setup(timestep=0.1)
    cells = sim.Population(5, sim.IF_cond_exp(), label="cells")
    cells[1:4].record(["v", "gsyn_exc", "gsyn_inh"])
    sim.run(10.0)
    segment = cells.get_data().segments[0]
    units = {"v": "mV", "gsyn_exc": "uS", "gsyn_inh": "uS"}
    assert {s.name: s.units.dimensionality.string for s in segment.analogsignals} == units
    for recorded in segment.analogsignals:
        assert recorded.shape == (101, 3)
        assert float(recorded.sampling_period.rescale("ms")) == pytest.approx(0.1)
        assert recorded.array_annotations["channel_index"].tolist() == [1, 2, 3]


def test_sampling_interval(sim, signal):
    sim.setup(timestep=0.1)
    cells = sim.Population(2, sim.IF_curr_exp(i_offset=0.5))
    others = sim.Population(2, sim.IF_curr_exp(i_offset=0.5))
    cells.record("v")
    others.record("v", sampling_interval=0.5)
    sim.run(3.2)
    sim.run(6.8)
    np.testing.assert_array_equal(signal(others), signal(cells)[::5])
    with pytest.raises(ValueError, match="multiple of the time step"):
        sim.Population(1, sim.IF_curr_exp()).record("v", sampling_interval=0.25)


def test_spikes_of_some_cells(sim, trains):
    sim.setup(timestep=0.1)
    cells = sim.Population(4, sim.IF_curr_exp(i_offset=[0.0, 1.0, 2.0, 3.0]))
    cells[[1, 3]].record("spikes")
    sim.run(100.0)
    counts = cells.get_spike_counts()
    assert sorted(counts) == [cells[1], cells[3]]
    assert list(map(len, trains(cells))) == [counts[cells[1]], counts[cells[3]]]
    assert 0 < counts[cells[1]] < counts[cells[3]]
    assert cells.mean_spike_count() == sum(counts.values()) / 2


def test_what_begins_late_is_unknown_before(sim, signal, trains):
    sim.setup(timestep=0.1)
    cells = sim.Population(2, sim.IF_curr_exp(i_offset=2.0))
    cells[:1].record(["v", "spikes"])
    sim.run(20.0)
    cells[1:].record(["v", "spikes"])
    sim.run(20.0)
    v = signal(cells)
    assert np.isnan(v[:200, 1]).all()
    np.testing.assert_array_equal(v[200:, 1], v[200:, 0])
    first, second = trains(cells)
    assert second == [t for t in first if t > 20.0]


def test_clear_keeps_what_comes_after(sim, signal, trains):
    sim.setup(timestep=0.1)
    cells = sim.Population(1, sim.IF_curr_exp(i_offset=2.0))
    cells.record(["v", "spikes"])
    sim.run(40.0)
    before = cells.get_data(clear=True).segments[0]
    sim.run(40.0)
    after = cells.get_data().segments[0]
    recorded = after.filter(name="v")[0]
    assert float(recorded.t_start.rescale("ms")) == 40.0
    assert recorded.shape == (401, 1)
    assert recorded.magnitude[0, 0] == before.filter(name="v")[0].magnitude[-1, 0]
    assert all(40.0 < t <= 80.0 for t in trains(cells)[0])


def test_record_nothing_stops_recording(sim):
    sim.setup(timestep=0.1)
    cells = sim.Population(3, sim.IF_curr_exp(i_offset=2.0))
    cells.record(["v", "spikes"])
    sim.run(10.0)
    sim.reset()
    cells.record(None)
    cells[:1].record("v")
    sim.run(10.0)
    first, second = cells.get_data().segments
    assert first.filter(name="v")[0].shape == (101, 3)
    assert second.filter(name="v")[0].shape == (101, 1)
    assert not len(second.spiketrains)


def test_files_are_written_at_the_end(sim, tmp_path):
    from pyNN.recording import get_io

    sim.setup(timestep=0.1)
    cells = sim.Population(2, sim.IF_curr_exp(i_offset=2.0))
    path = str(tmp_path / "data.pkl")
    cells.record(["v", "spikes"], to_file=path)
    sim.run(20.0)
    sim.end()
    (block,) = get_io(path).read()
    assert block.segments[0].analogsignals[0].shape == (201, 2)
    assert block.annotations["simulator"] == "polychrony"


def test_assemblies_are_recorded_together(sim):
    sim.setup(timestep=0.1)
    a = sim.Population(2, sim.IF_curr_exp(i_offset=2.0))
    b = sim.Population(3, sim.IF_cond_exp(i_offset=2.0))
    both = a[1:] + b
    both.record(["v", "spikes"])
    sim.run(50.0)
    segment = both.get_data().segments[0]
    assert segment.filter(name="v")[0].shape == (501, 4)
    assert len(segment.spiketrains) == 4
    assert len(both.get_spike_counts()) == 4


@pytest.mark.parametrize("variable", ["gsyn_exc", "w", "nonsense"])
def test_what_a_cell_does_not_have_is_refused(sim, variable):
    sim.setup()
    cells = sim.Population(1, sim.IF_curr_exp())
    with pytest.raises(sim.errors.RecordingError):
        cells.record(variable)
