"""One step of training."""

from __future__ import annotations

import copy
import dataclasses
import math

import pytest
import torch
from accelerate import Accelerator

from polychrony.experiments.config import Config, DataConfig, NetworkConfig, TrainingConfig
from polychrony.experiments.errors import UserError
from polychrony.experiments.models import build_network
from polychrony.experiments.training.rule import Backprop
from polychrony.snn import AdLIF, decide, readout_loss

CONFIG = Config(
    data=DataConfig(dt_ms=10.0),
    network=NetworkConfig(hidden=(6,), max_delay_ms=40.0, tau_mem_ms=30.0, dropout=0.0),
    training=TrainingConfig(epochs=2, lr=0.01, lr_delays=0.5, weight_decay=0.1),
)
STEPS = 5


def made(**options: object) -> Backprop:
    network_options = {k: v for k, v in options.items() if hasattr(CONFIG.network, k)}
    training_options = {k: v for k, v in options.items() if hasattr(CONFIG.training, k)}
    config = dataclasses.replace(
        CONFIG,
        network=dataclasses.replace(CONFIG.network, **network_options),
        training=dataclasses.replace(CONFIG.training, **training_options),
    )
    rule = Backprop(build_network(config, 4, 3), config, STEPS)
    rule.prepare(Accelerator(cpu=True))
    return rule


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.poisson(torch.full((12, 8, 4), 0.7)), torch.arange(8) % 3


def test_a_step_reports_the_loss_and_decisions_before_it(batch):
    x, labels = batch
    rule = made()
    before = copy.deepcopy(rule.plain)
    result = rule.step(x, labels)
    potential = before(x)
    assert torch.equal(result.loss, readout_loss(potential, labels).detach())
    assert torch.equal(result.decisions, decide(potential))
    assert not result.loss.requires_grad


def test_weights_and_delays_move_and_delays_stay_in_range(batch):
    rule = made(lr_delays=100.0)
    before = copy.deepcopy(rule.plain.state_dict())
    for _ in range(2):
        rule.step(*batch)
    for name, value in rule.plain.named_parameters():
        assert not torch.equal(value, before[name]), name
    for layer in rule.plain.delayed_layers:
        assert layer.delay.min() >= 0 and layer.delay.max() <= 4


def test_only_synaptic_weights_decay():
    (weights, _) = made().optimizers
    decayed, free = weights.param_groups
    assert (decayed["weight_decay"], free["weight_decay"]) == (0.1, 0.0)
    assert sorted(p.shape for p in decayed["params"]) == [(3, 6, 1), (6, 4, 1)]
    assert sorted(p.shape for p in free["params"]) == [(6,), (6,)]


@pytest.mark.parametrize("delays", ["fixed", "none"])
def test_delays_that_do_not_learn_have_no_optimiser(delays, batch):
    rule = made(delays=delays)
    before = [layer.delay.clone() for layer in rule.plain.delayed_layers]
    rule.step(*batch)
    assert len(rule.optimizers) == len(rule.schedulers) == 1
    for layer, delay in zip(rule.plain.delayed_layers, before, strict=True):
        assert torch.equal(layer.delay, delay)


def test_rates_follow_one_cycle_and_a_cosine(batch):
    rule = made()
    weights, delays = [], []
    for _ in range(2 * STEPS):
        weights.append(rule.optimizers[0].param_groups[0]["lr"])
        delays.append(rule.optimizers[1].param_groups[0]["lr"])
        rule.step(*batch)
    cosine = [0.5 * (1 + math.cos(math.pi * k / (2 * STEPS))) / 2 for k in range(2 * STEPS)]
    assert delays == pytest.approx(cosine)
    assert rule.optimizers[1].param_groups[0]["lr"] == pytest.approx(0, abs=1e-9)
    assert weights[0] == pytest.approx(0.01 / 25)
    assert max(weights) == pytest.approx(0.01)
    assert weights[-1] == pytest.approx(0.01 / 25 / 1e4)


def test_clipping_bounds_the_gradient(batch):
    free, clipped = made(), made(clip_grad_norm=1e-3)
    clipped.plain.load_state_dict(free.plain.state_dict())
    norms = []
    for rule in (free, clipped):
        rule.step(*batch)
        gradients = [p.grad.flatten() for p in rule.plain.parameters() if p.grad is not None]
        norms.append(float(torch.cat(gradients).norm()))
    assert norms[0] > 1e-3
    assert norms[1] == pytest.approx(1e-3, rel=1e-3)


def test_kernels_narrow_with_every_epoch():
    rule = made(sigma_epochs=2)
    layer = rule.plain.delayed_layers[0]
    widths = [float(layer.sigma)]
    for epoch in range(3):
        rule.on_epoch_end(epoch)
        widths.append(float(layer.sigma))
    assert widths[0] == pytest.approx(4 / 2 + 0.27)
    assert widths[0] > widths[1] > widths[2] == pytest.approx(0.5)
    assert widths[3] == widths[2]


def test_delays_settle_on_whole_steps_and_weights_go_on(batch):
    rule = made(epochs=3, sigma_epochs=3, settle_epochs=1)
    layers = rule.plain.delayed_layers
    rule.on_epoch_end(0)
    assert not any(layer.is_discrete for layer in layers)
    rule.on_epoch_end(1)
    settled = [layer.delay.clone() for layer in layers]
    weights = [layer.weight.detach().clone() for layer in layers]
    for _ in range(2):
        rule.step(*batch)
    rule.on_epoch_end(2)
    for layer, delay, weight in zip(layers, settled, weights, strict=True):
        assert layer.is_discrete
        assert torch.equal(layer.delay, delay) and torch.equal(delay, delay.round())
        assert not torch.equal(layer.weight, weight)


def test_without_settling_delays_are_real_to_the_end():
    rule = made(epochs=2)
    for epoch in range(2):
        rule.on_epoch_end(epoch)
    assert not any(layer.is_discrete for layer in rule.plain.delayed_layers)


def test_delays_settle_in_one_process_only(monkeypatch):
    monkeypatch.setattr(Accelerator, "num_processes", 2)
    with pytest.raises(UserError, match="--settle-epochs needs one process"):
        made(settle_epochs=1)


def test_parameters_of_adaptive_neurons_move_by_parts_of_their_ranges(batch):
    rule = made(neurons="adlif", schedule="cosine", lr=0.01)
    before = copy.deepcopy(rule.plain.state_dict())
    rule.step(*batch)
    (cells,) = (module for module in rule.plain.modules() if isinstance(module, AdLIF))
    for name, (low, high) in cells.ranges.items():
        moved = (cells.get_parameter(name) - before[f"hidden.0.neurons.{name}"]).abs()
        assert 0 < moved.max() <= 0.0101 * (high - low), name


def test_the_loss_counts_steps_and_spreads_targets_as_asked(batch):
    x, labels = batch
    rule = made(loss_step_ms=40.0, label_smoothing=0.2)
    potential = copy.deepcopy(rule.plain)(x)
    wanted = readout_loss(potential, labels, 0.2, step_weight=0.25)  # steps of 10 ms
    assert torch.equal(rule.step(x, labels).loss, wanted.detach())
