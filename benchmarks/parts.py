"""A training pass part by part: the graph is cut at every part, which is then timed alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor

from polychrony.experiments.augment import shift_channels
from polychrony.experiments.training import Trainer
from polychrony.snn import SpikingNetwork, decide, readout_loss

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


def product_operations(trainer: Trainer) -> float:
    """Floating point operations of an epoch's products of spectra.

    A delayed layer over T steps with delays up to D needs (T + D) // 2 + 1 frequencies; each is a
    complex product of B by N_in by N_out, three real ones, forward and for the gradients of weights
    and input. The first layer's input needs no gradient.
    """
    steps = trainer.config.n_steps
    total = 0.0
    for index, layer in enumerate(trainer.network.delayed_layers):
        frequencies = (steps + layer.max_delay) // 2 + 1
        products = 3 if index else 2
        total += products * 3 * 2.0 * frequencies * layer.in_features * layer.out_features
    return total * trainer.progress.samples
