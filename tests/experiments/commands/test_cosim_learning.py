"""`polychrony cosim --learning`"""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

from polychrony.experiments.errors import UserError
from polychrony.experiments.on_chip_rules import describe_rule, parse_rule
from polychrony.hardware.learning import LayerLearning
from polychrony.snn import NetworkGraph
from polychrony.snn.errors import SnnError
from polychrony.snn.graph import Population, Projection


def graph_with(decay=0.5, kappa=0.25) -> NetworkGraph:
    """Two layers that spike, and a readout of three classes."""
    populations = (
        Population("input", 4, "input"),
        Population("hidden1", 6, "lif", decay=np.asarray(decay, np.float32)),
        Population("hidden2", 5, "lif", decay=np.float32(0.75)),
        Population("output", 3, "li", decay=np.asarray(kappa, np.float32)),
    )
    sizes = {p.name: p.size for p in populations}
    names = list(sizes)
    projections = tuple(
        Projection.from_dense(a, b, np.ones((sizes[b], sizes[a])))
        for a, b in itertools.pairwise(names)
    )
    return NetworkGraph(populations, projections, 1e-3)


def test_the_keys_have_stable_names_with_units(call, finished):
    said = call("cosim", finished, "--learning", "tess", "--json", "-")
    assert said.code == 0, said.err
    numbers = json.loads(said.out)
    learning = numbers["learning"]
    assert (learning["rule"], learning["n_samples"]) == ("TESS", 20)
    assert set(learning["layers"]) == {"hidden1", "output"}
    for event, count in learning["counts_per_sample"].items():
        layers = learning["layers"].values()
        assert sum(layer[event] for layer in layers) == pytest.approx(count)
    online, sequence = (learning["policies"][name] for name in ("online", "sequence"))
    visits = learning["counts_per_sample"]["synapse_visits"]
    assert online["weight_updates_per_sample"] == sequence["accumulations_per_sample"] == visits > 0
    for cost in (online, sequence):
        updates = cost["accumulations_per_sample"] + cost["weight_updates_per_sample"]
        signal = learning["counts_per_sample"]["signal_synaptic_ops"]
        joules = 120e-12 * updates + 23.6e-12 * signal
        assert cost["energy_learning_per_sample_j"] == pytest.approx(joules)
        assert cost["latency_learning_per_sample_s"] > 0
        assert len(cost["cores"]) == numbers["mapping"]["cores"]
        assert cost["fits"] is None and cost["cores"][0]["learning_bits"] > 0
    assert json.loads(call("cosim", finished, "--json", "-").out)["learning"] is None


def test_the_tables_tell_counts_energy_and_memory(call, finished):
    out = call("cosim", finished, "--learning", "tess").out
    text = " ".join(out.replace("│", " ").split())  # cells are broken where they are full
    for words in ("learning by TESS", "additions to tags", "traces fit", "of unknown bits"):
        assert words in text
    unpaid = call("cosim", finished, "--learning", "tess", "--profile", "sanafe2025").out
    assert "weight updates" in unpaid and "not known" in unpaid


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--learning tess --chip truenorth", ["learning on truenorth", "no on-chip learning"]),
        (
            "--learning tess --chip dynapse --profile moradi2018-1.3v",
            ["learning on dynapse", "no on-chip learning"],
        ),
        ("--learning tess --chip odin", ["learning on odin", "one rule of their own"]),
        ("--learning hebb", ["'hebb' is no local rule", "tess, eprop"]),
        ("--learning bptt", ["'bptt'", "keeps every step"]),
        ("--learning ottt", ["weights of other layers", "s-tllr,feedback=direct"]),
        ("--learning s-tllr", ["weights of other layers"]),
        ("--learning tess,alpha=1", ["'alpha=1' is no option", "alpha_post="]),
        ("--learning tess,alpha_post", ["'alpha_post' is no option"]),
        ("--learning tess,alpha_post=big", ["alpha_post is 'big'", "a number"]),
        ("--learning tess,first_step=1.5", ["first_step is '1.5'", "a whole number"]),
        ("--learning tess,lambda_pre=2", ["lambda_pre is 2.0"]),
    ],
)
def test_refusals_are_one_line(line, words, call, finished):
    assert call("cosim", finished, "--samples", 2, *line.split()).is_one_error(*words)


def test_what_hardware_is_told_of_tess():
    rule = describe_rule(parse_rule("tess,alpha_post=-1,first_step=2"), graph_with())
    assert (rule.name, rule.first_step) == ("TESS", 2)
    shared = {"pre_decay": 0.5, "post_trace": True, "signal_per_spike": 3, "signal_per_step": 3}
    # The sine of column 0 is 0 in every row.
    assert rule.layers == (
        LayerLearning("hidden1", silent=(0,), **shared),
        LayerLearning("hidden2", silent=(0,), **shared),
        LayerLearning("output", pre_decay=0.25),
    )


def test_what_hardware_is_told_of_the_other_rules():
    eprop = describe_rule(parse_rule("eprop"), graph_with()).layers
    assert eprop[1] == LayerLearning(
        "hidden2", pre_decay=0.75, synapse_decay=0.25, signal_per_step=3
    )
    decolle = describe_rule(parse_rule("decolle"), graph_with()).layers
    assert decolle[0] == LayerLearning(
        "hidden1", pre_decay=0.5, signal_per_spike=3, signal_per_step=3
    )
    direct = describe_rule(parse_rule("s-tllr,feedback=direct,alpha_pre=0"), graph_with()).layers
    assert direct[0] == LayerLearning(
        "hidden1", causal=False, pre_decay=0.75, post_trace=True, signal_per_step=3
    )


def test_neurons_that_differ_have_no_decay_to_take():
    varied = graph_with(decay=np.linspace(0.1, 0.9, 6))
    with pytest.raises(UserError, match="decay of hidden1, whose neurons differ"):
        describe_rule(parse_rule("tess,lambda_pre=none"), varied)
    assert describe_rule(parse_rule("tess"), varied).layers[0].pre_decay == 0.5


def test_a_network_needs_one_readout():
    graph = graph_with()
    alone = NetworkGraph(graph.populations[:3], graph.projections[:2], graph.dt)
    with pytest.raises(UserError, match="this one has 0"):
        describe_rule(parse_rule("tess"), alone)


def test_values_are_those_of_the_rule():
    rule = parse_rule("tess, post_form=sum, lambda_pre=none")
    assert (rule.eligibility.post_form, rule.eligibility.lambda_pre) == ("sum", None)
    with pytest.raises(SnnError, match="post_form is 'product'"):
        parse_rule("tess,post_form=product")
