"""The network that a configuration describes."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from polychrony.experiments.config import Config, DataConfig, NetworkConfig
from polychrony.experiments.models import build_network, readout_gain
from polychrony.experiments.training.rule import Backprop
from polychrony.snn import SnnError

OPTIONS = NetworkConfig(
    hidden=(12, 9),
    taps=2,
    dropout=0.3,
    surrogate_alpha=3.0,
    tau_mem_ms=30.0,
    lateness=((0.9, 0.1), (1.0,), (0.5,)),
)
CONFIG = Config(data=DataConfig(dt_ms=20.0), network=OPTIONS)


def with_network(**options: object) -> Config:
    return dataclasses.replace(CONFIG, network=dataclasses.replace(OPTIONS, **options))


def test_every_option_arrives():
    network = build_network(CONFIG, 7, 5)
    assert [layer.weight.shape for layer in network.delayed_layers] == [
        (12, 7, 2),
        (9, 12, 2),
        (5, 9, 2),
    ]
    for layer in network.delayed_layers:
        assert (layer.max_delay, layer.kernel) == (12, "gauss")
        assert layer.delay.requires_grad
    for block in network.blocks:
        assert block.dropout.p == 0.3
        assert block.neurons.surrogate.alpha == 3.0
        assert float(block.neurons.decay) == pytest.approx(1 - 20 / 30)
    assert tuple(late.probabilities for late in network.late_arrivals) == OPTIONS.lateness
    assert network.dt == 0.02
    assert network.training


def test_exact_decay():
    network = build_network(with_network(discretization="exact"), 7, 5)
    expected = torch.exp(torch.tensor(-20 / 30))
    assert float(network.blocks[0].neurons.decay) == pytest.approx(float(expected))


@pytest.mark.parametrize(("delays", "longest"), [("fixed", 12), ("none", 0)])
def test_delays_that_do_not_learn_are_whole(delays, longest):
    for layer in build_network(with_network(delays=delays), 7, 5).delayed_layers:
        assert layer.is_discrete
        assert layer.max_delay == longest
        assert not layer.delay.requires_grad
        assert torch.equal(layer.delay, layer.delay.round())


def test_what_a_network_cannot_be_is_the_users_mistake():
    with pytest.raises(SnnError, match="tau"):
        build_network(with_network(tau_mem_ms=10.0), 7, 5)  # euler needs tau >= dt


@pytest.mark.parametrize("dt_ms", [10.0, 1.0])
def test_a_level_start_gives_potentials_of_one_size(dt_ms):
    config = Config(
        data=DataConfig(dt_ms=dt_ms),
        network=NetworkConfig(hidden=(64,), dropout=0.0, delays="none", level_start=True),
    )
    network = build_network(config, 140, 20)
    (block,) = network.blocks
    v, potentials = torch.zeros(4, 64), []
    for current in block.norm.train()(torch.randn(3000, 4, 64)):
        v = block.neurons.decay * v + current
        potentials.append(v)
    assert 0.95 < torch.stack(potentials[100:]).std() < 1.05
    steady = network.readout(network.readout_synapses(torch.ones(3000, 1, 64)))[-1, 0]
    weight = network.readout_synapses.weight.detach().sum((1, 2))
    torch.testing.assert_close(steady, weight / readout_gain(network), rtol=1e-3, atol=1e-4)


def test_a_level_start_slows_the_readout_as_much():
    network = build_network(with_network(level_start=True), 7, 5)
    rule = Backprop(network, with_network(level_start=True), 5)
    groups = rule.optimizers[0].param_groups
    slow = [group for group in groups if group["params"][0] is network.readout_synapses.weight]
    assert len(slow) == 1
    ratio = slow[0]["max_lr"] / groups[0]["max_lr"]
    assert ratio == pytest.approx(readout_gain(network)) and 0.3 < ratio < 0.9
