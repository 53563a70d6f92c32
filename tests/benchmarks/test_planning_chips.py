"""Cost of co-simulations: counts by hand, and against the chips and graphs that they speak of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.planning import cosimulation as cosim
from benchmarks.planning.fit import durations, predicted
from benchmarks.planning.local_graph import FAN_IN, REACH, local_graph
from benchmarks.planning.measured_chips import STEPS, chips_of_loihi, stages
from polychrony.hardware import get_chip
from polychrony.hardware.mapping.placement import annealing

LOAD = cosim.Load(
    chips=1.0,
    neurons=100.0,
    synapses=3200.0,
    cores=3.0,
    steps=10.0,
    events=50.0,
    messages=7.0,
    hops=12.0,
)


@pytest.fixture(scope="module")
def run():
    chip = replace(chips_of_loihi(2, 16), mesh=replace(get_chip("loihi").mesh, columns=2, rows=1))
    graph = local_graph(4, 6 * 16)
    return graph, stages(graph, chip)


def test_a_run_is_counted(run):
    graph, found = run
    assert found["neurons"] == 1024 + 4 * 96 + 10
    assert found["synapses"] == FAN_IN * (4 * 96 + 10)
    assert found["steps"] == STEPS
    assert found["cores"] >= 4 * 6 + 1
    assert found["hops"] > 0 and found["messages"] <= found["events"]
    assert set(found["seconds"]) == set(cosim.STAGES)
    assert cosim.Load.of({"chips": 4, **found}).synapses == found["synapses"]
    assert cosim.Load.of({"chips": 4, **found}).visits == found["cores"] * len(list(graph))


def test_the_graph_hears_neighbours():
    graph = local_graph(2, 5000)
    between = graph.projections[1]
    apart = np.abs(between.pre.astype(int) - between.post)
    assert np.minimum(apart, 5000 - apart).max() == REACH
    assert np.bincount(between.post).tolist() == [FAN_IN] * 5000
    assert between.delay.min() == 1 and between.delay.max() == 8


def test_a_synapse_of_a_graph_has_the_bytes_that_are_counted():
    projection = local_graph(1, 64).projections[0]
    columns = (projection.pre, projection.post, projection.weight, projection.delay)
    assert sum(column.nbytes for column in columns) == cosim.GRAPH_BYTES * projection.n_synapses


def test_cores_are_those_of_loihi():
    assert get_chip("loihi").n_cores == cosim.CORES
    assert chips_of_loihi(3, 64).n_cores == 9 * cosim.CORES
    assert chips_of_loihi(3, 64).profile().barrier is None


def test_moves_are_those_that_annealing_tries():
    assert (annealing._LEAST, annealing._PER_UNIT, annealing._MOST) == cosim._MOVES
    moves = [replace(LOAD, cores=cores).moves for cores in (3, 500, 1e6)]
    assert moves == [20_000, 1_000_000, 3_000_000]


def test_bytes_by_hand():
    assert cosim.fixed_bytes(LOAD) == 16 * 3200 + 18 * 10 * 100 + 8 * 9 + 80 * 10 * 3
    rows = [vars(LOAD) | {"bytes": cosim.fixed_bytes(LOAD) + each * 3200} for each in (40, 90, 70)]
    assert cosim.bytes_per_synapse(rows) == pytest.approx(90)


def test_a_thousand_chips_by_hand():
    full = cosim.scaled(1000, 1024, LOAD)
    assert full.cores == 126_001
    assert full.neurons == 126_000 * 1024
    assert full.synapses == 32 * full.neurons
    assert full.messages / full.neurons == pytest.approx(LOAD.messages / LOAD.neurons)
    assert full.hops / full.messages == pytest.approx(LOAD.hops / LOAD.messages)
    assert cosim.fixed_bytes(full) > 8 * 126_000**2 > 120e9


def test_durations_are_found_again():
    truth = {"synapses": 3e-7, "hops": 2e-8, "idle": 0.0}
    counts = [
        {"synapses": s, "hops": h, "idle": i}
        for s, h, i in [(1e6, 1e7, 3.0), (2e6, 1e6, 9.0), (5e6, 9e8, 1.0), (1e5, 1e5, 2.0)]
    ]
    found = durations(counts, [predicted(each, truth) for each in counts])
    for name, value in truth.items():
        assert found[name] == pytest.approx(value, rel=1e-6, abs=1e-12)


def test_no_duration_is_below_zero():
    counts = [{"a": 1.0, "b": 1.0}, {"a": 2.0, "b": 1.0}, {"a": 4.0, "b": 1.0}]
    found = durations(counts, [1.0, 3.0, 7.0])
    assert min(found.values()) >= 0


def test_rates_predict_the_runs_that_they_come_from():
    loads = [replace(LOAD, synapses=k * 1e5, neurons=k * 3e3, cores=10.0 * k) for k in (1, 2, 4)]
    loads = [
        replace(load, events=k * 9e4, hops=2e5 / k)
        for k, load in zip((1, 3, 2), loads, strict=True)
    ]
    each = {stage: dict.fromkeys(cosim.counts(stage, LOAD), 1e-6) for stage in cosim.STAGES}
    rows = [vars(load) | {"seconds": cosim.seconds(load, each)} for load in loads]
    found = cosim.rates(rows)
    for load, row in zip(loads, rows, strict=True):
        assert cosim.seconds(load, found) == pytest.approx(row["seconds"], rel=1e-6)


def test_a_run_that_took_twice_as_long_has_level_two():
    each = {stage: dict.fromkeys(cosim.counts(stage, LOAD), 1e-6) for stage in cosim.STAGES}
    seconds = {stage: 2 * value for stage, value in cosim.seconds(LOAD, each).items()}
    found = cosim.level(vars(LOAD) | {"seconds": seconds}, each)
    assert found.pop("place") == 1.0
    assert list(found.values()) == pytest.approx([2.0] * (len(cosim.STAGES) - 1))
