"""One interface of all learning rules: they fill `.grad`, and an optimiser steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.optim import Optimizer

from polychrony.snn.errors import SnnError
from polychrony.snn.learning.cost import Cost
from polychrony.snn.learning.network import BlockNetwork

Optimizers = Optimizer | Sequence[Optimizer]
Input = Tensor | Iterable[Tensor]


class Outcome(NamedTuple):
    """What a rule tells of a sequence."""

    loss: Tensor
    """Loss of the readout, mean over the batch and the steps learned from, a scalar."""
    decisions: Tensor
    """Class of each sample, argmax of `evidence`, int64 [B]."""
    n_steps: int
    """Steps of the sequence."""
    evidence: Tensor
    """Sum over all steps of the readout's potentials, [B, C]."""
    state: Any
    """After the last step, to go on from."""


class Rule(ABC):
    """How a network learns from a sequence.

    Args:
        first_step: steps before it bring no learning signal, and their loss does not count.

    Raises:
        SnnError: an argument is out of its range.
    """

    name: str

    def __init__(self, first_step: int = 0) -> None:
        if first_step < 0:
            raise SnnError(f"first_step is {first_step}; it cannot be negative")
        self.first_step = first_step

    @abstractmethod
    def gradients(
        self, network: BlockNetwork, x: Input, labels: Tensor, state: Any = None
    ) -> Outcome:
        """Add the update of a sequence to the `.grad` of the network's parameters.

        It is the sum over the steps, of the mean over the batch: what an optimiser subtracts.

        Args:
            network: what learns; it is not changed.
            x: spikes or values [T, B, ...], or an iterable of pieces [K, B, ...] in their order, so
                that the input need not be in memory at once.
            labels: class of each sample, int64 [B], or targets, float [B, C].
            state: `Outcome.state` of the sequence before, to go on from; None starts at rest.

        Returns:
            Loss, decisions, and the state after the last step.

        Raises:
            SnnError: the rule cannot work with this network, or the input does not fit.
        """

    def learn(
        self,
        network: BlockNetwork,
        x: Input,
        labels: Tensor,
        optimizer: Optimizers,
        state: Any = None,
    ) -> Outcome:
        """Learn from a sequence: gradients, and one step of the optimisers.

        Args:
            network: what learns.
            x: see `gradients`.
            labels: see `gradients`.
            optimizer: one, or several with parameters of their own.
            state: see `gradients`.

        Returns:
            See `gradients`.
        """
        optimizers = as_list(optimizer)
        for each in optimizers:
            each.zero_grad()
        outcome = self.gradients(network, x, labels, state)
        for each in optimizers:
            each.step()
        return outcome

    @abstractmethod
    def cost(self, network: BlockNetwork, frame_shape: Sequence[int], n_steps: int) -> Cost:
        """Work and memory of learning from one sample; see `Cost` for what is counted.

        Args:
            network: what learns.
            frame_shape: shape of a frame of a sample, such as (700,) or (2, 32, 32).
            n_steps: steps of the sample, T.
        """


def as_list(optimizer: Optimizers) -> list[Optimizer]:
    """Optimisers as a list."""
    return [optimizer] if isinstance(optimizer, Optimizer) else list(optimizer)


def as_target(labels: Tensor, n_classes: int, dtype: torch.dtype) -> Tensor:
    """Targets [B, C] of classes int64 [B], or of targets as they are.

    Raises:
        SnnError: labels are of another shape or type.
    """
    if labels.is_floating_point():
        if labels.dim() != 2 or labels.shape[1] != n_classes:
            raise SnnError(f"targets have shape {tuple(labels.shape)}, expected [B, {n_classes}]")
        return labels.to(dtype)
    if labels.dim() != 1 or labels.dtype != torch.int64:
        raise SnnError(
            f"labels are {labels.dtype} of shape {tuple(labels.shape)}; expected int64 [B], or "
            f"float targets [B, {n_classes}]"
        )
    if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < n_classes:
        raise SnnError(f"labels lie outside of 0 .. {n_classes - 1}")
    return torch.nn.functional.one_hot(labels, n_classes).to(dtype)


def pieces(x: Input, size: int, border: int) -> Iterator[Tensor]:
    """Pieces of at most `size` steps, none of which reaches over the step `border`.

    Raises:
        SnnError: there is no step at all.
    """
    done = 0
    for part in [x] if isinstance(x, Tensor) else x:
        start = 0
        while start < len(part):
            end = start + size
            if done < border:
                end = min(end, start + border - done)
            piece = part[start:end]
            yield piece
            done += len(piece)
            start += len(piece)
    if not done:
        raise SnnError("the input has no steps; at least 1 is needed")
