"""Spike files as data sets."""

from __future__ import annotations

import pickle
import random
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polychrony.datasets import SHD, BinnedDataset, DataError, SpikeFile

ROWS = [([0.01, 0.02, 0.02], [3, 0, 7]), ([], []), ([0.5], [5])]


def test_recordings_are_those_of_the_file(write_spikes):
    data = SpikeFile(write_spikes(ROWS, [2, 0, 1]), 8, 3)
    assert data.has_labels and data.labels.tolist() == [2, 0, 1] and len(data) == 3
    for row, (times, units) in enumerate(ROWS):
        events, label = data[row]
        assert events.t.tolist() == times and events.x.tolist() == units
        assert label == data.labels[row]


def test_without_labels_there_are_none(write_spikes):
    data = SpikeFile(write_spikes(ROWS), 8, 3)
    assert not data.has_labels and data.labels.tolist() == [-1, -1, -1]


def test_the_first_recordings_alone(write_spikes):
    path = write_spikes([*ROWS, ([0.2, 0.1], [1, 1])], [0, 1, 2, 0])
    data = SpikeFile(path, 8, 3, samples=2)
    assert len(data) == 2 and data.labels.tolist() == [0, 1]
    assert len(list(data.read_all())) == 2  # the last one, out of order, is not looked at
    assert data.identity() != SpikeFile(path, 8, 3).identity()
    assert len(SpikeFile(path, 8, 3, samples=9)) == 4


def test_a_public_file_gives_what_its_own_reader_gives(shd_root: Path, tmp_path: Path):
    cache = tmp_path / "cache"
    public = BinnedDataset(SHD(shd_root, "test"), dt=0.01, n_steps=20, pool=5, cache_dir=cache)
    source = SpikeFile(shd_root / "shd_test.h5", 700, 3)
    own = BinnedDataset(source, dt=0.01, n_steps=20, pool=5, cache_dir=cache)
    assert own.labels.tolist() == public.labels.tolist() and own.kept_events > 0
    assert (own.kept_events, own.dropped_events) == (public.kept_events, public.dropped_events)
    for index in range(len(public)):
        assert (own[index][0] == public[index][0]).all()


@given(
    st.lists(st.tuples(st.floats(0, 10), st.integers(0, 15)), max_size=30),
    st.sampled_from(["time_s,neuron\n", "# a list\n\n time_s , neuron \n", ""]),
    st.sampled_from([",", " ", "\t", ", "]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_text_and_hdf5_say_the_same(write_spikes, tmp_path, spikes, header, between):
    spikes.sort(key=lambda spike: spike[0])
    times, units = [t for t, _ in spikes], [u for _, u in spikes]
    path = tmp_path / "spikes.csv"
    path.write_text(header + "".join(f"{t!r}{between}{u}\n" for t, u in spikes))
    text = SpikeFile(path, 16, 2)
    assert len(text) == 1 and not text.has_labels
    for events in (text[0][0], SpikeFile(write_spikes([(times, units)]), 16, 2)[0][0]):
        assert events.t.tolist() == times and events.x.tolist() == units


def test_it_is_sent_to_workers_without_its_open_file(write_spikes):
    data = SpikeFile(write_spikes(ROWS), 8, 3)
    first = data[0][0]
    assert pickle.loads(pickle.dumps(data))[0][0].t.tolist() == first.t.tolist()


@pytest.mark.parametrize("times", [np.float16, np.float32, np.int32, np.uint8])
@pytest.mark.parametrize("units", [np.uint16, np.uint64, np.int8])
def test_any_number_type_will_do(write_spikes, times, units):
    data = SpikeFile(write_spikes([([0, 1, 2], [3, 4, 5])], times=times, units=units), 8, 3)
    assert data[0][0].t.tolist() == [0, 1, 2] and data[0][0].x.tolist() == [3, 4, 5]
    assert data.time_dtype == (times if np.dtype(times).kind == "f" else np.float64)


def test_a_file_that_is_damaged_anywhere_is_read_or_refused(write_spikes, tmp_path):
    whole = write_spikes([([0.1, 0.2], [1, 2])] * 50, [0] * 50).read_bytes()
    draw, refused = random.Random(0), 0
    for number in range(150):
        content = bytearray(whole)
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        path = tmp_path / f"{number}.h5"
        path.write_bytes(content)
        try:
            data = SpikeFile(path, 8, 3)
            assert all(len(events) <= len(content) for events in data.read_all())
            data.close()
        except DataError as error:
            assert str(path) in str(error) and "\n" not in str(error)
            refused += 1
    assert refused > 20


def test_rows_that_were_declared_and_never_written_take_no_memory(tmp_path):
    path = tmp_path / "declared.h5"
    with h5py.File(path, "w") as file:
        for name, dtype in (("times", "f8"), ("units", "i8")):
            kind = h5py.vlen_dtype(np.dtype(dtype))
            file.create_dataset(f"spikes/{name}", (10**13,), dtype=kind, chunks=(1000,))
        file.create_dataset("labels", (10**13,), dtype="u2", chunks=(1000,))
    with pytest.raises(DataError, match=r"declares 10,000,000,000,000 recordings"):
        SpikeFile(path, 8, 3, samples=1)
