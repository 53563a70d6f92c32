"""A training pass part by part: the graph is cut at every part, which is then timed alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from polychrony.experiments.augment import shift_channels
from polychrony.experiments.training import Trainer
from polychrony.snn import SpikingNetwork, decide, readout_loss
from polychrony.snn.kernels.fourier import Sizes, plan
from polychrony.snn.kernels.spectra import n_rows

DATA, DELAYS, NORM, NEURONS = "data", "delay layers", "batch norm", "LIF"
DROPOUT, READOUT, LOSS, OPTIMISER = "dropout", "readout neurons", "loss and decision", "optimiser"
PARTS = (DATA, DELAYS, NORM, NEURONS, DROPOUT, READOUT, LOSS, OPTIMISER)

Stage = tuple[str, Callable[[Tensor], Tensor]]


class _Clock:
    def __init__(self) -> None:
        self.seconds = dict.fromkeys(PARTS, 0.0)

    @contextmanager
    def on(self, part: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[part] += time.perf_counter() - started


def timed_pass(trainer: Trainer) -> dict[str, float]:
    """Train one epoch and return the time of each of `PARTS`, s."""
    clock = _Clock()
    trainer.network.train()
    rule: Any = trainer.rule
    batches = iter(trainer.loader)
    while True:
        with clock.on(DATA):
            batch = next(batches, None)
            if batch is None:
                return clock.seconds
            x, labels, _ = batch
            x = shift_channels(x, trainer.config.data.channel_shift)
        with clock.on(OPTIMISER):
            for optimizer in rule.optimizers:
                optimizer.zero_grad()
        _forward_backward(trainer.network, x, labels, clock)
        with clock.on(OPTIMISER):
            for mover in (*rule.optimizers, *rule.schedulers):
                mover.step()
            trainer.network.clamp_delays()


def _forward_backward(network: SpikingNetwork, x: Tensor, labels: Tensor, clock: _Clock) -> None:
    done: list[tuple[str, Tensor, Tensor]] = []
    for part, stage in stages(network):
        leaf = x.detach().requires_grad_(bool(done))  # the data has no gradient
        with clock.on(part):
            x = stage(leaf)
        done.append((part, leaf, x))
    potential = x.detach().requires_grad_()
    with clock.on(LOSS):
        readout_loss(potential, labels).backward()
        decide(potential.detach())
    grad = potential.grad
    for part, leaf, y in reversed(done):
        with clock.on(part):
            if y is not leaf:
                y.backward(grad)
        grad = leaf.grad if y is not leaf else grad


def stages(network: SpikingNetwork) -> Iterator[Stage]:
    """The parts of a network in the order of its forward pass."""
    for block in network.blocks:
        yield DELAYS, block.synapses
        yield NORM, block.norm
        yield NEURONS, block.neurons
        yield DROPOUT, block.dropout
    yield DELAYS, network.readout_synapses
    yield READOUT, network.readout


def product_seconds(trainer: Trainer) -> float:
    """Time that one more epoch spends in the products of spectra, s."""
    passed: dict[str, Any] = {}
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profiler:
        timed_pass(trainer)
    for event in profiler.key_averages():
        passed[event.key] = event
    return float(passed["aten::bmm"].self_cpu_time_total) * 1e-6 if "aten::bmm" in passed else 0.0


def product_operations(trainer: Trainer) -> float:
    """Floating point operations of an epoch's products of spectra.

    A spectrum has n_rows rows for each segment of time, three for a frequency; each row is a
    product of B by N_in by N_out, forward and for the gradients of weights and input. The first
    layer's input needs no gradient.
    """
    n_steps, batch = trainer.config.n_steps, trainer.config.training.batch_size
    total = 0.0
    for index, layer in enumerate(trainer.network.delayed_layers):
        n_in, n_out = layer.in_features, layer.out_features
        cut = plan(Sizes(n_steps, batch, n_in, n_out, layer.max_delay + 1), 4)
        rows = n_rows(cut.length) * -(-n_steps // cut.segment)
        products = 3 if index else 2
        total += products * 2.0 * rows * n_in * n_out
    return total * trainer.progress.samples
