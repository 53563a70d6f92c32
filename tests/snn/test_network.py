"""Whole networks: state, modes, normalisation and dropout."""

from __future__ import annotations

import copy

import pytest
import torch

from polychrony.snn import (
    AdLIF,
    SequenceDropout,
    SnnError,
    SpikingNetwork,
    TemporalBatchNorm,
    to_graph,
)


def _network(**options):
    defaults = {"dt": 1e-3, "tau_mem": 5e-3, "max_delay": 6, "dropout": 0.3}
    return SpikingNetwork(8, (12, 10), 4, **{**defaults, **options})


def _spikes(steps=20, batch=7):
    return (torch.rand(steps, batch, 8) < 0.3).float()


def _trained(**options):
    network = _network(**options).train()
    for _ in range(3):
        network(_spikes()).sum().backward()
    return network


@pytest.mark.parametrize("delays", ["learned", "fixed", "none"])
def test_forward_twice_and_a_smaller_batch_behave_as_fresh(delays):
    network = _trained(delays=delays).eval()
    x = _spikes()
    first = network(x)
    network(x[:, :3])
    assert torch.equal(network(x), first)
    torch.testing.assert_close(network(x[:, :3]), first[:, :3], rtol=1e-4, atol=1e-4)


def test_state_dict_holds_parameters_and_no_state():
    network = _network()
    before = set(network.state_dict())
    network(_spikes())
    assert set(network.state_dict()) == before
    kinds = {name.rsplit(".", 1)[-1] for name in before}
    assert kinds == {
        "weight",
        "delay",
        "sigma",
        "bias",
        "running_mean",
        "running_var",
        "num_batches_tracked",
    }


@pytest.mark.parametrize("discrete", [True, False])
def test_splitting_time_in_two_changes_nothing(discrete):
    network = _trained().double().eval()
    if discrete:
        network.discretize()
    x = _spikes().double()
    whole = network(x)
    early, state = network.forward_with_state(x[:8])
    late, _ = network.forward_with_state(x[8:], state)
    torch.testing.assert_close(torch.cat([early, late]), whole)


@pytest.mark.parametrize(
    ("delays", "learned"), [("learned", True), ("fixed", False), ("none", False)]
)
def test_modes_differ_in_what_learns(delays, learned):
    network = _network(delays=delays)
    network(_spikes()).square().sum().backward()
    for layer in network.delayed_layers:
        assert (layer.delay.grad is not None) == learned
        assert layer.weight.grad.abs().sum() > 0
        assert layer.max_delay == (0 if delays == "none" else 6)
        assert layer.is_discrete != learned


def test_parameters_are_counted_as_published():
    network = SpikingNetwork(140, (256, 256), 20, dt=0.01, tau_mem=0.0101, max_delay=24)
    assert sum(p.numel() for p in network.parameters() if p.requires_grad) == 214_016


def test_discretize_folds_normalisation_and_keeps_decisions():
    network = _trained(delays="fixed").double().eval()
    x = _spikes().double()
    before = network(x)
    folded = copy.deepcopy(network).discretize()
    assert not any(isinstance(m, TemporalBatchNorm) for m in folded.modules())
    torch.testing.assert_close(folded(x), before)


def test_norm_uses_one_set_of_statistics_over_time_and_batch():
    norm = TemporalBatchNorm(3).train()
    x = torch.randn(11, 5, 3) * 4 + 2
    y = norm(x)
    torch.testing.assert_close(y.mean((0, 1)), torch.zeros(3), atol=1e-5, rtol=0)
    scale, shift = norm.eval().scale_and_shift()
    torch.testing.assert_close(norm(x), (x * scale + shift).float(), rtol=1e-5, atol=1e-5)
    with pytest.raises(SnnError, match="running statistics"):
        TemporalBatchNorm(3, track_running_stats=False).scale_and_shift()


def test_dropout_silences_a_neuron_for_the_whole_sequence():
    x = torch.ones(9, 50, 40)
    y = SequenceDropout(0.4).train()(x)
    assert torch.equal(y, y[:1].expand_as(y))
    assert 0.5 < (y[0] > 0).float().mean() < 0.7
    assert y.max().item() == pytest.approx(1 / 0.6)
    assert torch.equal(SequenceDropout(0.4).eval()(x), x)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: _network(delays="some"), "'some'"),
        (lambda: SpikingNetwork(3, (), 2, dt=1e-3, tau_mem=1e-2, max_delay=2), "hidden layer"),
        (lambda: _network()(torch.zeros(3, 2, 9)), r"expected \[T, B, 8\]"),
    ],
)
def test_errors_say_what_is_wrong(make, message):
    with pytest.raises(SnnError, match=message):
        make()


def test_lateness_of_senders_by_name_or_of_all():
    one = _network(lateness=(0.5, 0.3))
    assert [late.probabilities for late in one.late_arrivals] == [(0.5, 0.3)] * 3
    some = _network(lateness={"input": (0.9,), "hidden2": (0.0, 1.0)})
    assert [late.probabilities for late in some.late_arrivals] == [(0.9,), (1.0,), (0.0, 1.0)]
    assert [late.counts for late in some.late_arrivals] == [True, False, False]
    with pytest.raises(SnnError, match="hidden3; senders are input, hidden1, hidden2"):
        _network(lateness={"hidden3": (1.0,)})


@pytest.mark.parametrize("sender", ["input", "hidden1", "hidden2"])
def test_what_a_sender_says_late_is_heard_late(sender):
    torch.manual_seed(0)
    network = _network(delays="none", dropout=0.0, norm=False).train()
    torch.manual_seed(0)
    late = _network(delays="none", dropout=0.0, norm=False, lateness={sender: (0.0, 0.0, 1.0)})
    x = _spikes()
    expected = network(x).detach()
    torch.testing.assert_close(late(x)[2:], expected[:-2])
    assert not late(x)[:2].any()
    torch.testing.assert_close(late.eval()(x), expected)


def test_lateness_belongs_to_training_alone():
    late = _network(lateness=(0.5, 0.3, 0.1))
    plain = _network()
    assert late.state_dict().keys() == plain.state_dict().keys()
    plain.load_state_dict(late.state_dict())
    x = _spikes()
    assert not torch.equal(late.train()(x), plain.train()(x))
    plain.load_state_dict(late.state_dict())
    assert torch.equal(late.eval()(x), plain.eval()(x))
    assert torch.equal(late.discretize()(x), plain.discretize()(x))
    late(x).sum().backward()


def test_late_spikes_are_carried_over_a_cut_in_time():
    network = _network(dropout=0.0, norm=False, lateness=(0.0, 0.0, 1.0)).double()
    x = _spikes().double()
    whole = network(x)
    early, state = network.forward_with_state(x[:1])
    late, _ = network.forward_with_state(x[1:], state)
    torch.testing.assert_close(torch.cat([early, late]), whole)


def test_no_lateness_draws_no_numbers():
    network = _network(dropout=0.0)
    before = torch.get_rng_state()
    network(torch.ones(4, 2, 8))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("recurrent", [0, 3])
def test_neurons_of_ones_own_in_every_hidden_layer(recurrent):
    network = _trained(neurons=lambda width: AdLIF(width, 1e-3), recurrent=recurrent)
    cells = [module for module in network.modules() if isinstance(module, AdLIF)]
    assert [each.features for each in cells] == [12, 10]
    assert all(each.a.grad is not None and each.a.grad.any() for each in cells)
    network = network.double().eval()
    x = _spikes().double()
    whole, end = network.forward_with_state(x)
    first, state = network.forward_with_state(x[:7])
    second, last = network.forward_with_state(x[7:], state)
    torch.testing.assert_close(torch.cat([first, second]), whole)
    torch.testing.assert_close(last, end)


def test_neurons_that_no_graph_has_are_named():
    network = _network(neurons=lambda width: AdLIF(width, 1e-3))
    with pytest.raises(SnnError, match="hidden1: AdLIF has no place in a graph; use LIF"):
        to_graph(network)
