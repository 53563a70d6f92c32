"""Learning on a chip: events counted by hand, and what they cost."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware.chips.loihi import DAVIES2018, LOIHI
from polychrony.hardware.cosim import cosimulate
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.learning import (
    LayerLearning,
    LearningAccount,
    LearningRule,
    learning_account,
)
from polychrony.hardware.learning.account import EVENTS
from polychrony.hardware.learning.active import active
from polychrony.hardware.mapping import map_network
from polychrony.hardware.prepare import Preparation
from polychrony.snn.activity import Activity
from polychrony.snn.errors import GraphError
from polychrony.snn.graph import NetworkGraph, Population, Projection

READOUT = LayerLearning("out")


@pytest.fixture
def tiny() -> NetworkGraph:
    """Two inputs, two neurons, one readout; input 0 reaches neuron 1 after a delay of 2 steps."""
    return NetworkGraph(
        (
            Population("in", 2, "input"),
            Population("h", 2, "lif", decay=np.float32(0.5)),
            Population("out", 1, "li"),
        ),
        (
            Projection.from_dense("in", "h", [[1.0, 1.0], [1.0, 1.0]], [[0, 0], [2, 0]]),
            Projection.from_dense("h", "out", [[1.0, 1.0]]),
        ),
        dt=1e-3,
    )


@pytest.fixture
def ran() -> Activity:
    """Four steps: input 0 spikes in steps 0 and 3, neuron 0 in step 1, neuron 1 in step 2."""
    spikes = {"in": np.zeros((4, 1, 2), np.uint8), "h": np.zeros((4, 1, 2), np.uint8)}
    spikes["in"][[0, 3], 0, 0] = 1
    spikes["h"][[1, 2], 0, [0, 1]] = 1
    return Activity(1e-3, spikes)


def counted(graph, ran, rule, profile=DAVIES2018):
    account = LearningAccount(map_network(graph, LOIHI, "in_order"), rule)
    account.record(ran)
    return account.report(profile)


def test_events_and_joules_by_hand(tiny, ran):
    """TESS' form: q[t] = 0.5 q[t-1] + x[t], h, three classes; neuron 1 hears input 0 2 steps late.

    Input 0 is active from step 0 on (0.5^3 of 1.875 is above half of 1/127), input 1 never is.
    Neuron 0 is visited in steps 0 to 3, neuron 1 in steps 2 and 3, by one synapse each. The readout
    is visited where a neuron spikes, twice.
    """
    hidden = LayerLearning(
        "h", pre_decay=0.5, post_trace=True, signal_per_spike=3, signal_per_step=3
    )
    report = counted(tiny, ran, LearningRule("TESS", (hidden, READOUT)))
    assert report.layers["h"] == {
        "pre_trace_spikes": 2 + 1,  # those of neuron 1 arrive in step 2 and after the end
        "pre_trace_decays": 3 * 4,  # input 0 at both delays, and input 1
        "post_trace_updates": 2 * 4,
        "signal_synaptic_ops": 2 * 3,
        "signal_products": 2 * 3 * 4,
        "synapse_visits": 4 + 2,
        "synapses_visited": 2,
    }
    assert report.layers["out"] == {
        **dict.fromkeys(EVENTS, 0),
        "synapse_visits": 2,
        "synapses_visited": 2,
    }
    online, sequence = report.policies["online"], report.policies["sequence"]
    assert (online.accumulations_per_sample, online.weight_updates_per_sample) == (0, 8)
    assert (sequence.accumulations_per_sample, sequence.weight_updates_per_sample) == (8, 4)
    signal = 6 * 23.6e-12
    assert online.energy_learning_per_sample_j == pytest.approx(8 * 120e-12 + signal)
    assert sequence.energy_learning_per_sample_j == pytest.approx(12 * 120e-12 + signal)
    assert online.energy_excludes == ("pre_traces", "post_traces", "signal_products")
    assert online.energy_by_event_j["pre_traces"] is None
    # The slowest core of each step: 1, 1, 2 and 2 visits in that of h, and none is slower.
    assert online.latency_learning_per_sample_s == pytest.approx(6 * 6.1e-9)
    assert sequence.latency_learning_per_sample_s == pytest.approx((6 + 2) * 6.1e-9)


def test_steps_before_the_first_and_silent_neurons_change_nothing(tiny, ran):
    hidden = LayerLearning("h", pre_decay=0.5, signal_per_spike=3, signal_per_step=3, silent=(0,))
    report = counted(tiny, ran, LearningRule("late", (hidden,), first_step=2))
    assert report.counts_per_sample["synapse_visits"] == 2  # neuron 1, steps 2 and 3
    assert report.counts_per_sample["synapses_visited"] == 1
    assert report.counts_per_sample["signal_synaptic_ops"] == 3  # its spike of step 2
    assert report.counts_per_sample["signal_products"] == 3 * 2
    assert report.counts_per_sample["pre_trace_decays"] == 3 * 4


def test_a_trace_of_neurons_alone_is_read_where_input_arrives(tiny, ran):
    hidden = LayerLearning("h", causal=False, pre_decay=0.5, post_trace=True)
    report = counted(tiny, ran, LearningRule("post", (hidden,)))
    assert report.counts_per_sample["synapse_visits"] == 2 + 1
    assert report.counts_per_sample["pre_trace_decays"] == 0


def test_a_rule_without_updates_costs_nothing(tiny, ran):
    for layers in ((), (LayerLearning("h", causal=False),)):
        report = counted(tiny, ran, LearningRule("none", layers), LOIHI.profile("sanafe2025"))
        assert set(report.counts_per_sample.values()) == {0}
        for cost in report.policies.values():
            assert cost.energy_learning_per_sample_j == 0
            assert cost.latency_learning_per_sample_s == 0
            assert cost.energy_excludes == ()


def test_without_the_price_of_an_update_there_is_no_energy(tiny, ran):
    rule = LearningRule("readout", (READOUT,))
    cost = counted(tiny, ran, rule, LOIHI.profile("sanafe2025")).policies["online"]
    assert cost.weight_updates_per_sample == 2
    assert cost.energy_learning_per_sample_j is None
    assert cost.latency_learning_per_sample_s is None
    assert cost.energy_excludes == ("weight_updates",)
    bare = replace(DAVIES2018, learning=None)
    assert counted(tiny, ran, rule, bare).policies["online"] == cost


def _by_hand(graph, activity, rule):
    """Visits in plain loops over synapses and steps."""
    each = reached = 0
    for layer in rule.layers:
        for p in graph.incoming(layer.population):
            found = active(activity.spikes[p.source], layer, LOIHI.learning)
            for pre, post, delay in zip(p.pre, p.post, p.delay, strict=True):
                if post in layer.silent:
                    continue
                for b in range(activity.batch_size):
                    steps = [
                        t
                        for t in range(rule.first_step, activity.n_steps)
                        if t >= delay and found[t - delay, b, pre]
                    ]
                    each += len(steps)
                    reached += bool(steps)
    return each, reached


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 1000),
    st.sampled_from([0.0, 0.5, 1.0]),
    st.sampled_from([0.0, 0.9]),
    st.integers(0, 6),
)
def test_counts_are_those_of_plain_loops_and_sum_over_layers(seed, pre_decay, kappa, first_step):
    rng = np.random.default_rng(seed)

    def joined(source, target, n_in, n_out, least):
        weight = rng.normal(0, 1, (n_out, n_in)) * (rng.random((n_out, n_in)) < 0.7)
        return Projection.from_dense(source, target, weight, rng.integers(least, 5, (n_out, n_in)))

    graph = NetworkGraph(
        (Population("in", 6, "input"), Population("h", 5, "lif"), Population("out", 3, "li")),
        (joined("in", "h", 6, 5, 0), joined("h", "h", 5, 5, 1), joined("h", "out", 5, 3, 0)),
        dt=1e-3,
    )
    spikes = {k: (rng.random((8, 3, n)) < 0.3).astype(np.uint8) for k, n in (("in", 6), ("h", 5))}
    whole = Activity(1e-3, spikes)
    layers = (
        LayerLearning("h", True, pre_decay, kappa, True, 3, 3, (1,)),
        LayerLearning("out", True, kappa),
    )
    rule = LearningRule("some", layers, first_step)
    chip = replace(LOIHI, neurons_per_core=2)
    account = LearningAccount(map_network(graph, chip, "in_order"), rule)
    for b in range(3):
        account.record(Activity(1e-3, {k: s[:, b : b + 1] for k, s in spikes.items()}))
    report = account.report(DAVIES2018)
    each, reached = _by_hand(graph, whole, rule)
    assert report.counts_per_sample["synapse_visits"] * 3 == pytest.approx(each)
    assert report.counts_per_sample["synapses_visited"] * 3 == pytest.approx(reached)
    for event, count in report.counts_per_sample.items():
        assert sum(layer[event] for layer in report.layers.values()) == pytest.approx(count)
    together = LearningAccount(map_network(graph, chip, "in_order"), rule)
    together.record(whole)
    assert together.report(DAVIES2018).to_dict() == report.to_dict()


def test_a_trace_ends_where_its_bits_do():
    spikes = np.zeros((100, 1, 1), np.uint8)
    spikes[3] = 1
    layer = LayerLearning("h", pre_decay=0.5)
    # Half of the smallest step is 2 / 254; 0.5^6 = 0.0156 is above it, 0.5^7 = 0.0078 below.
    assert np.flatnonzero(active(spikes, layer, LOIHI.learning)).tolist() == list(range(3, 10))
    wide = replace(LOIHI.learning, trace_bits=9)
    assert np.flatnonzero(active(spikes, layer, wide)).tolist() == list(range(3, 12))
    alone = LayerLearning("h", pre_decay=0.0)
    assert np.flatnonzero(active(spikes, alone, LOIHI.learning)).tolist() == [3]


def test_a_filtered_trace_lasts_longer():
    spikes = np.zeros((60, 1, 1), np.uint8)
    spikes[0] = 1
    plain = active(spikes, LayerLearning("h", pre_decay=0.5), LOIHI.learning)
    rule = LayerLearning("h", pre_decay=0.5, synapse_decay=0.9)
    filtered = active(spikes, rule, LOIHI.learning)
    assert (filtered >= plain).all() and filtered.sum() > plain.sum()


def test_a_cosimulation_counts_beside_inference(small_graph, counts):
    rule = LearningRule("TESS", (LayerLearning("hidden", pre_decay=0.5), READOUT))
    plain, result = (cosimulate(small_graph, counts, learning=r) for r in (None, rule))
    found = json.loads(json.dumps(result.to_dict()))
    assert plain.to_dict()["learning"] is None
    assert found["energy_per_inference_J"] == plain.to_dict()["energy_per_inference_J"]
    learning = found["learning"]
    assert learning["rule"] == "TESS" and learning["n_samples"] == 7
    for name in ("online", "sequence"):
        cost = learning["policies"][name]
        assert cost["energy_learning_per_sample_j"] > 0
        assert {"learning_bits", "traces_bits", "tags_bits", "fits"} <= cost["cores"][0].keys()


def test_a_cosimulation_refuses_what_cannot_learn(small_graph, counts):
    rule = LearningRule("TESS", (READOUT,))
    for chip, profile in (("truenorth", None), ("dynapse", "moradi2018-1.3v"), ("odin", None)):
        with pytest.raises(HardwareError, match=f"learning on {chip} cannot be counted"):
            cosimulate(small_graph, counts, chip=chip, profile=profile, learning=rule)
    with pytest.raises(GraphError, match="no population is called 'h'"):
        cosimulate(small_graph, counts, learning=LearningRule("x", (LayerLearning("h"),)))
    silent = LearningRule("x", (LayerLearning("out", silent=(3,)),))
    with pytest.raises(HardwareError, match=r"silent neurons must lie in 0 \.\. 2"):
        cosimulate(small_graph, counts, learning=silent)


def test_split_neurons_are_refused(small_graph):
    chip = replace(LOIHI, fan_in=8)
    prepared = Preparation(fan_in="split")(small_graph, chip)
    with pytest.raises(HardwareError, match="neurons were split to fit loihi"):
        learning_account(prepared, LearningRule("x", (READOUT,)))


def test_a_readout_on_the_host_is_named_and_not_counted(small_graph, counts):
    chip = replace(LOIHI, readable_potential=False)
    rule = LearningRule("x", (LayerLearning("hidden", pre_decay=0.5), READOUT))
    report = cosimulate(small_graph, counts, chip=chip, learning=rule).learning
    assert report.on_host == ("out",)
    assert list(report.layers) == ["hidden"]


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: LayerLearning("h", pre_decay=1.5), "pre_decay is 1.5"),
        (lambda: LayerLearning("h", signal_per_spike=-1), "signal_per_spike is -1"),
        (lambda: LearningRule("x", (READOUT,), -1), "first_step is -1"),
        (lambda: LearningRule("x", (READOUT, READOUT)), "learns twice: out, out"),
    ],
)
def test_numbers_out_of_range_are_refused(made, words):
    with pytest.raises(HardwareError, match=words):
        made()


def test_nothing_recorded_is_nothing_to_report(tiny):
    account = LearningAccount(map_network(tiny, LOIHI, "in_order"), LearningRule("x", ()))
    with pytest.raises(HardwareError, match="nothing has been recorded"):
        account.report(DAVIES2018)
