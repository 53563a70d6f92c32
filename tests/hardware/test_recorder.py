"""What a co-simulation shows beside its numbers."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from polychrony.hardware import HardwareError, Recorder, cosimulate
from polychrony.hardware.chips.loihi import LOIHI
from polychrony.snn.simulate import simulate

CHIP = replace(LOIHI, neurons_per_core=4)


def _recorded(graph, counts, samples=2, **options):
    recorder = Recorder(samples)
    result = cosimulate(graph, counts, chip=CHIP, recorder=recorder, **options)
    record = recorder.report()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    return result, record


def test_spikes_are_those_of_both_runs(small_graph, counts):
    _, record = _recorded(small_graph, counts, samples=3, batch_size=2)
    software = simulate(small_graph, {"in": counts})
    assert len(record["samples"]) == 3
    for index, sample in enumerate(record["samples"]):
        assert sample["steps"] == 20
        for name, spikes in software.spikes.items():
            told = sample["populations"][name]
            again = np.zeros((20, told["neurons"]), np.uint8)
            np.add.at(again, (told["software"]["step"], told["software"]["neuron"]), 1)
            np.testing.assert_array_equal(again, spikes[:, index])
        told = sample["populations"]["in"]
        assert told["hardware"] == told["software"]


def test_cores_hold_the_energy_of_the_result(small_graph, counts):
    result, record = _recorded(small_graph, counts)
    energy = {k: v for k, v in result.costs.energy_per_inference_J.items() if k != "total"}
    barrier = energy.pop("barrier", 0)
    for component, joules in energy.items():
        parts = [core["energy_per_inference_J"].get(component, 0) for core in record["cores"]]
        assert sum(parts) == pytest.approx(joules)
    assert sum(energy.values()) + barrier == pytest.approx(result.costs.energy_J)
    operations = sum(core["events_per_inference"].get("synapse", 0) for core in record["cores"])
    assert operations == pytest.approx(result.costs.synaptic_ops_per_inference)
    assert record["cores"][-1]["population"] == "host"
    assert [core["core"] for core in record["cores"]] == [0, 1, 2, 3, None]


def test_links_hold_the_hops_of_the_result(small_graph, counts):
    result, record = _recorded(small_graph, counts, noc="cycle", place="random")
    hops = result.costs.hops_east_west_per_inference + result.costs.hops_north_south_per_inference
    links = record["links"]
    assert sum(link["messages_per_inference"] for link in links) == pytest.approx(hops)
    assert {abs(link["source"] - link["target"]) for link in links} <= {1, CHIP.grid.columns}


@pytest.mark.parametrize("noc", ["queueing", "cycle"])
def test_the_histogram_holds_every_message(small_graph, counts, noc):
    result, record = _recorded(small_graph, counts, noc=noc)
    told, drawn = result.costs.noc_messages, record["message_latency"]
    assert told is not None
    assert sum(drawn["messages"]) == told["messages"]
    assert len(drawn["messages"]) <= 100
    assert drawn["messages"][0] > 0
    end = drawn["start_s"] + drawn["bin_s"] * len(drawn["messages"])
    slowest = told["latency_percentiles_s"]["100"]
    assert end - drawn["bin_s"] <= slowest * (1 + 1e-12) < end


def test_sums_of_hops_have_no_histogram(small_graph, counts):
    assert _recorded(small_graph, counts)[1]["message_latency"] is None


def test_a_recorder_changes_nothing(small_graph, counts):
    seen, _ = _recorded(small_graph, counts)
    unseen = cosimulate(small_graph, counts, chip=CHIP)
    plain = [
        {k: v for k, v in r.to_dict().items() if "steps_per_s" not in k} for r in (seen, unseen)
    ]
    assert plain[0] == plain[1]


def test_a_recorder_without_a_run_says_so():
    with pytest.raises(HardwareError, match="no run"):
        Recorder().report()
