"""Accuracy of the network that a chip would hold."""

from __future__ import annotations

import copy

import pytest
import torch

from polychrony.experiments.data import open_split
from polychrony.experiments.errors import UserError
from polychrony.experiments.evaluation import evaluate
from polychrony.experiments.runs import open_run
from polychrony.snn import decide, simulate, to_graph


@pytest.fixture
def run(finished):
    return open_run(finished)


@pytest.fixture
def test_split(run):
    return open_split(run.recipe, run.config, "test")


def test_it_counts_what_a_simulation_of_the_graph_decides(run, test_split):
    network = run.load_network()
    outcome = evaluate(network, test_split)
    x = torch.stack([x for x, _ in test_split], dim=1)
    activity = simulate(to_graph(network), {"input": x.numpy()})
    decisions = decide(torch.from_numpy(activity.potentials["output"])).numpy()
    assert outcome.correct == (decisions == test_split.labels).sum()
    assert outcome.samples == len(test_split) == 20
    assert outcome.accuracy == outcome.correct / 20
    rate = activity.spikes["hidden1"].mean() / run.config.dt
    assert outcome.spike_rate_Hz == pytest.approx((rate,))


def test_the_size_of_a_batch_does_not_matter(run, test_split):
    network = run.load_network()
    outcomes = [evaluate(network, test_split, batch_size=size) for size in (1, 7, 256)]
    assert len({outcome.correct for outcome in outcomes}) == 1
    for outcome in outcomes:
        assert outcome.spike_rate_Hz == pytest.approx(outcomes[0].spike_rate_Hz, rel=1e-12)


def test_it_leaves_the_network_and_the_random_state_alone(run, test_split):
    network = run.load_network().train()
    before = copy.deepcopy(network.state_dict())
    random = torch.get_rng_state()
    evaluate(network, test_split)
    assert network.training
    assert torch.equal(torch.get_rng_state(), random)
    for key, value in network.state_dict().items():
        assert torch.equal(value, before[key])


def test_it_reports_progress(run, test_split):
    seen = []
    evaluate(run.load_network(), test_split, 8, progress=lambda *counts: seen.append(counts))
    assert seen == [(8, 20), (16, 20), (20, 20)]


def test_no_samples_have_no_accuracy(run):
    with pytest.raises(UserError, match="no samples"):
        evaluate(run.load_network(), [])
