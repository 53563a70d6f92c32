"""Local rules, and backpropagation to compare with, on networks of blocks."""

from __future__ import annotations

from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim import Adam

from polychrony.experiments.blocks import build_rule
from polychrony.experiments.config import Config
from polychrony.experiments.training.rule import STEP_RATE, StepResult
from polychrony.experiments.training.schedules import schedule
from polychrony.snn.learning import BlockNetwork
from polychrony.snn.quantization.weights import learned_steps


class BlockLearning:
    """A rule of `polychrony.snn.learning`, with Adam whose rate follows a schedule.

    It falls as a cosine to 0 unless another one is asked for. The optimiser is the same for every
    rule. Adam works on each number alone, so that one for the whole network is what one for each
    block would be.

    Args:
        network: the network to train.
        config: the run.
        steps_per_epoch: moves of the schedule in one epoch, one for each step and process.
    """

    def __init__(self, network: BlockNetwork, config: Config, steps_per_epoch: int) -> None:
        self.plain = network
        self.network: nn.Module = network
        self.rule = build_rule(config.blocks)
        self.clip = config.training.clip_grad_norm
        training = config.training
        steps_of_weights = learned_steps(network)
        special = {id(step) for step in steps_of_weights}
        others = [p for p in network.parameters() if id(p) not in special]
        groups: list[dict[str, Any]] = [{"params": others, "weight_decay": training.weight_decay}]
        peaks = [training.lr]
        if steps_of_weights:
            groups.append({"params": steps_of_weights})
            peaks.append(training.lr * STEP_RATE)
        self.optimizer = Adam(groups, training.lr)
        steps = training.epochs * steps_per_epoch
        name = "cosine" if training.schedule == "own" else training.schedule
        self.scheduler = schedule(name, self.optimizer, peaks, steps)

    def prepare(self, accelerator: Accelerator) -> None:
        """See `LearningRule.prepare`; gradients of several processes are averaged here."""
        self.accelerator = accelerator
        self.network = accelerator.prepare_model(self.network, evaluation_mode=True)
        self.optimizer = accelerator.prepare(self.optimizer)
        self.scheduler = accelerator.prepare(self.scheduler)

    def step(self, x: Tensor, labels: Tensor) -> StepResult:
        """See `LearningRule.step`."""
        self.optimizer.zero_grad()
        with self.accelerator.autocast():
            outcome = self.rule.gradients(self.plain, x, labels)
        learning = [p for p in self.plain.parameters() if p.grad is not None]
        if self.accelerator.num_processes > 1:
            for parameter in learning:
                parameter.grad = self.accelerator.reduce(parameter.grad, "mean")
        if self.clip:
            torch.nn.utils.clip_grad_norm_(learning, self.clip)
        self.optimizer.step()
        self.scheduler.step()
        return StepResult(outcome.loss.float(), outcome.decisions)

    def on_epoch_end(self, epoch: int) -> None:
        """See `LearningRule.on_epoch_end`."""
