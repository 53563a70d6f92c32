"""What happens in one step of training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim import Adam, Optimizer
from torch.optim.lr_scheduler import LRScheduler

from polychrony.experiments.config import Config
from polychrony.experiments.errors import UserError
from polychrony.experiments.models import readout_gain
from polychrony.experiments.training.schedules import schedule
from polychrony.snn import AdLIF, SigmaAnnealing, SpikingNetwork, decide, readout_loss
from polychrony.snn.quantization.weights import learned_steps, original

STEP_RATE = 0.1
"""Learning rate of steps of weights, of that of weights: Adam moves all by its rate, and a step is
a fraction of a weight."""


@dataclass(frozen=True)
class StepResult:
    """Outcome of one step."""

    loss: Tensor
    """Mean loss of the batch, a scalar without gradient."""
    decisions: Tensor
    """Predicted class of each sample, [B]."""


class LearningRule(Protocol):
    """How a network learns from a batch; the loop knows nothing more of it.

    A rule owns its optimisers, as many as it needs, and whatever local signals it uses.
    """

    network: nn.Module

    def prepare(self, accelerator: Accelerator) -> None:
        """Hand everything that has state to the accelerator, which saves and restores it."""

    def step(self, x: Tensor, labels: Tensor) -> StepResult:
        """Learn from inputs [T, B, N] and labels [B]."""

    def on_epoch_end(self, epoch: int) -> None:
        """Called after each epoch, counted from 0."""


class Backprop:
    """Backpropagation through time, with one optimiser for weights and one for delays.

    Weights: Adam, one cycle of the learning rate unless another schedule is asked for; L2 penalty
    on synaptic weights only. Delays: Adam with a much larger rate that falls as a cosine to 0,
    unless asked for otherwise. Delay kernels narrow epoch by epoch; in the last `settle_epochs`
    delays are whole steps, and weights learn what rounding changed.

    Args:
        network: the network to train.
        config: the run.
        steps_per_epoch: moves of the schedules in one epoch, one for each step and process.

    Reference:
        Hammouamri et al., ICLR 2024, appendix. There both schedules move once an epoch; here once a
        step, so that short runs follow the same curve.
    """

    def __init__(self, network: SpikingNetwork, config: Config, steps_per_epoch: int) -> None:
        self.plain = network
        self.network: nn.Module = network
        self.clip = config.training.clip_grad_norm
        self.label_smoothing = config.training.label_smoothing
        unit = config.training.loss_step_ms
        self.step_weight = config.data.dt_ms / unit if unit else 1.0
        self.annealing = SigmaAnnealing(network, config.sigma_epochs)
        self.settle_epochs = config.training.settle_epochs
        self.settled_from = config.training.epochs - self.settle_epochs
        steps = config.training.epochs * steps_per_epoch
        self.layers = layers = [*network.delayed_layers, *network.feedback_layers]
        delays = [layer.delay for layer in layers if layer.delay.requires_grad]
        synapses = [original(layer) for layer in layers]
        steps_of_weights = learned_steps(network)
        ranged = _ranged(network)
        special = {id(p) for p in (*delays, *synapses, *steps_of_weights, *ranged)}
        others = [p for p in network.parameters() if p.requires_grad and id(p) not in special]
        training = config.training
        groups: list[dict[str, Any]] = [
            {"params": synapses, "weight_decay": training.weight_decay},
            {"params": others},
        ]
        peaks = [training.lr] * len(groups)
        if config.network.level_start:
            last = original(network.readout_synapses)
            groups[0]["params"] = [each for each in synapses if each is not last]
            groups.append({"params": [last], "weight_decay": training.weight_decay})
            peaks.append(training.lr * readout_gain(network))
        if steps_of_weights:
            groups.append({"params": steps_of_weights})
            peaks.append(training.lr * STEP_RATE)
        for parameter, width in ranged.items():
            groups.append({"params": [parameter]})
            peaks.append(training.lr * width)
        weights = Adam(groups, lr=training.lr)
        self.optimizers: list[Optimizer] = [weights]
        name = "one-cycle" if training.schedule == "own" else training.schedule
        self.schedulers: list[LRScheduler] = [schedule(name, weights, peaks, steps)]
        if delays:
            positions = Adam(delays, lr=training.lr_delays)
            self.optimizers.append(positions)
            self.schedulers.append(
                schedule(training.schedule_delays, positions, training.lr_delays, steps)
            )

    def prepare(self, accelerator: Accelerator) -> None:
        """See `LearningRule.prepare`.

        Raises:
            UserError: several processes are to settle delays.
        """
        if self.settle_epochs and accelerator.num_processes > 1:
            # Processes that train together wait for a gradient of every delay.
            raise UserError("--settle-epochs needs one process; start it without a launcher")
        self.accelerator = accelerator
        self.network = accelerator.prepare(self.network)
        self.optimizers = [accelerator.prepare(optimizer) for optimizer in self.optimizers]
        self.schedulers = [accelerator.prepare(scheduler) for scheduler in self.schedulers]

    def step(self, x: Tensor, labels: Tensor) -> StepResult:
        """See `LearningRule.step`."""
        potential = self.network(x).float()
        loss = readout_loss(potential, labels, self.label_smoothing, self.step_weight)
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        self.accelerator.backward(loss)
        if self.clip and self.accelerator.sync_gradients:
            self.accelerator.clip_grad_norm_(self.network.parameters(), self.clip)
        movers: list[Any] = [*self.optimizers, *self.schedulers]
        for mover in movers:
            mover.step()
        self.plain.clamp_delays()
        with torch.no_grad():
            return StepResult(loss.detach(), decide(potential))

    def on_epoch_end(self, epoch: int) -> None:
        """See `LearningRule.on_epoch_end`."""
        self.annealing.on_epoch_end(epoch)
        if self.settle_epochs and epoch + 1 >= self.settled_from:
            for layer in self.layers:
                layer.discretize()


def _ranged(network: nn.Module) -> dict[nn.Parameter, float]:
    """Parameters of neurons that live in ranges, seconds or volts, and the width of each.

    Adam moves all by its rate, so each has the rate of weights times the width of its range.
    """
    return {
        module.get_parameter(name): high - low
        for module in network.modules()
        if isinstance(module, AdLIF)
        for name, (low, high) in module.ranges.items()
        if high > low
    }
