from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from polychrony.hardware.chips.loihi import LOIHI
from polychrony.hardware.cosim import cosimulate
from polychrony.hardware.errors import ChipLimitError, HardwareError, PotentialRangeError
from polychrony.snn.graph import NetworkGraph, Population, Projection
from polychrony.snn.simulate import simulate


def test_result_names_accuracy_agreement_energy_latency(small_graph, counts):
    labels = np.array([0, 1, 2, 0, 1, 2, 0])
    result = cosimulate(small_graph, counts, labels)
    plain = json.loads(json.dumps(result.to_dict()))
    for key in ("software", "hardware"):
        own = getattr(result, f"predictions_{key}")
        assert plain[f"accuracy_{key}"] == pytest.approx((own == labels).mean())
    same = result.predictions_software == result.predictions_hardware
    assert plain["agreement"] == pytest.approx(same.mean())
    assert plain["energy_per_inference_J"]["total"] > plain["energy_per_inference_J"]["synapse"] > 0
    assert plain["steps_per_s"] == pytest.approx(20 / plain["latency_per_inference_s"])
    assert plain["simulation_steps_per_s"] > 0
    assert (plain["chip"], plain["profile"]) == ("loihi", "davies2018")


def test_spikes_of_both_runs_and_their_differences(small_graph, counts):
    result = cosimulate(small_graph, counts)
    software = simulate(small_graph, {"in": counts})
    assert result.spikes_software["hidden"] == software.spikes["hidden"].sum() / 7
    assert result.spikes_hardware == result.costs.spikes_per_inference
    gap = abs(result.spikes_software["hidden"] - result.spikes_hardware["hidden"])
    assert result.spikes_differ["hidden"] >= gap
    assert result.spikes_differ["in"] == 0


def test_exact_network_agrees_completely():
    weight = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    graph = NetworkGraph(
        (
            Population("in", 2, "input"),
            Population("h", 3, "lif", v_threshold=2.0, decay=1.0),
            Population("out", 3, "li", decay=1.0),
        ),
        (Projection.from_dense("in", "h", weight, 3), Projection.from_dense("h", "out", np.eye(3))),
        dt=1e-3,
    )
    spikes = (np.random.default_rng(0).random((50, 9, 2)) < 0.4).astype(np.uint8)
    result = cosimulate(graph, spikes)
    assert result.spikes_hardware["h"] > 10
    assert result.spikes_differ == {"in": 0.0, "h": 0.0}
    assert result.agreement == 1.0
    assert result.accuracy_hardware is None


def test_batch_size_and_loader_do_not_change_the_result(small_graph, counts):
    labels = np.arange(7) % 3
    whole = cosimulate(small_graph, counts, labels).to_dict()
    loader = [(counts[:, :4], labels[:4]), (counts[:, 4:], labels[4:])]
    pieces = cosimulate(small_graph, loader, batch_size=3).to_dict()
    for plain in (whole, pieces):
        del plain["simulation_steps_per_s"]
    assert pieces.pop("energy_per_inference_J") == pytest.approx(
        whole.pop("energy_per_inference_J")
    )
    assert json.dumps(pieces, sort_keys=True) == json.dumps(whole, sort_keys=True)


def test_progress_tells_samples_done_and_all(small_graph, counts):
    seen: list[tuple[int, int | None]] = []
    cosimulate(small_graph, counts, batch_size=3, progress=lambda *now: seen.append(now))
    assert seen == [(3, 7), (6, 7), (7, 7)]


def test_static_energy_is_added_on_request(small_graph, counts):
    result = cosimulate(small_graph, counts, static=True)
    energy = result.costs.energy_per_inference_J
    assert energy["static"] == pytest.approx(0.104 * result.costs.latency_per_inference_s)


def test_chip_may_be_given_itself_and_placement_matters(small_graph, counts):
    far = cosimulate(small_graph, counts, chip=LOIHI, place=lambda *_: np.array([31, 0]))
    near = cosimulate(small_graph, counts, chip="loihi")
    assert near.costs.hops_east_west_per_inference == 0
    assert far.costs.hops_east_west_per_inference > 0
    assert np.array_equal(far.predictions_hardware, near.predictions_hardware)


def test_network_beyond_the_chip_is_refused(small_graph, counts):
    late = replace(small_graph.projections[0], delay=small_graph.projections[0].delay + 60)
    graph = replace(small_graph, projections=(late, small_graph.projections[1]))
    with pytest.raises(ChipLimitError, match=r"in->hidden: longest delay is 65 steps"):
        cosimulate(graph, counts)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"chip": "lohi"}, "no chip is called 'lohi'"),
        ({"profile": "x"}, "no profile 'x'"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"readout": "in"}, "is an input"),
        ({"inputs": np.zeros((5, 0, 12))}, "no samples"),
    ],
)
def test_arguments_out_of_range_are_refused(small_graph, counts, changes, message):
    with pytest.raises(HardwareError, match=message):
        cosimulate(small_graph, **{"inputs": counts, **changes})


def test_the_software_may_be_run_by_the_caller(small_graph, counts):
    runs = []

    def watched(graph, inputs):
        runs.append(inputs["in"].shape[1])
        return simulate(graph, inputs)

    result = cosimulate(small_graph, counts, batch_size=4, software=watched)
    assert runs == [7, 4, 3]
    expected = cosimulate(small_graph, counts).predictions_software
    assert np.array_equal(result.predictions_software, expected)


def test_labels_for_some_batches_only_are_refused(small_graph, counts):
    with pytest.raises(HardwareError, match="give all or none"):
        cosimulate(small_graph, [(counts, np.zeros(7)), (counts, None)])


def test_several_inputs_are_refused(counts):
    graph = NetworkGraph(
        (Population("a", 1, "input"), Population("b", 1, "input"), Population("o", 1, "li")),
        (Projection.from_dense("a", "o", [[1.0]]), Projection.from_dense("b", "o", [[1.0]])),
        dt=1e-3,
    )
    with pytest.raises(HardwareError, match="has 2 inputs"):
        cosimulate(graph, counts)


def test_spare_bits_give_potentials_room():
    graph = NetworkGraph(
        (Population("in", 1, "input"), Population("h", 1, "lif", decay=0.9)),
        (Projection.from_dense("in", "h", [[-1.0]]),),
        dt=1e-3,
    )
    many = np.full((40, 2, 1), 100, np.uint8)
    with pytest.raises(
        PotentialRangeError, match=r"keep bits free \(spare_bits={'h': 1}\)"
    ) as told:
        cosimulate(graph, many, readout="h")
    assert told.value.population == "h"
    result = cosimulate(graph, many, readout="h", spare_bits={"h": 8})
    assert result.spikes_differ == {"in": 0.0, "h": 0.0}
    with pytest.raises(HardwareError, match=r"spare bits are given for \['x'\], not on the chip"):
        cosimulate(graph, many, readout="h", spare_bits={"x": 1})
    with pytest.raises(HardwareError, match="spare_bits does not apply to truenorth"):
        cosimulate(graph, many, readout="h", chip="truenorth", spare_bits={"h": 1})
