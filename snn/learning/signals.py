"""Where the learning signal of a layer comes from."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from polychrony.snn.errors import SnnError
from polychrony.snn.learning.learner import BlockLearner, Record
from polychrony.snn.learning.projections import Projection, RandomUniform, SquareWave
from polychrony.snn.learning.seen import Seen

ErrorKind = Literal["softmax", "identity"]


def error_of(potential: Tensor, target: Tensor, kind: ErrorKind) -> Tensor:
    """Gradient of the loss of every step at the potentials, [K, B, C].

    `"softmax"`: (softmax(y) - target) / B, of the cross-entropy; `"identity"`: (y - target) / B, of
    half the squared error. Both losses are means over the batch.
    """
    value = _over_classes(torch.softmax, potential) if kind == "softmax" else potential
    return (value - target) / len(target)


def losses_of(potential: Tensor, target: Tensor, kind: ErrorKind) -> Tensor:
    """Loss of every step, mean over the batch, [K]; see `error_of`."""
    if kind == "softmax":
        return -(_over_classes(torch.log_softmax, potential) * target).sum(-1).mean(-1)
    return (potential - target).square().sum(-1).mean(-1) / 2


def _over_classes(function: Callable[[Tensor, int], Tensor], potential: Tensor) -> Tensor:
    """A function over the classes, which go first: six times as fast for some ten of them."""
    return function(potential.movedim(-1, 0).contiguous(), 0).movedim(0, -1)


@dataclass(frozen=True)
class LocalReadout:
    """A readout of the layer's own, fixed: m[t] = B^T (softmax(B f(s[t])) - y*).

    f is the block's pooling and flattening; m comes back through its transpose at s[t]. Neither
    other layers nor other steps have a part in it.

    Args:
        projection: the matrices B.
        after_pooling: read what the block puts out; else its spikes before pooling.
        pool_to: side of the maps that B reads, averaged over space; one for all convolutional
            blocks or one for each; None averages nothing.

    Reference:
        TESS: its text reads the spikes o[t]; its published code reads them after max pooling, then
        averaged to maps of side 4, 2, 2, 2, 2, 2, 2, 1. DECOLLE (Kaiser et al., Frontiers in
        Neuroscience 2020) has random readouts.
    """

    projection: Projection = field(default_factory=SquareWave)
    after_pooling: bool = True
    pool_to: int | tuple[int | None, ...] | None = None

    def side(self, layer: int) -> int | None:
        """Side of the maps of a block that its matrix reads, or None.

        Raises:
            SnnError: `pool_to` has too few entries.
        """
        if not isinstance(self.pool_to, tuple):
            return self.pool_to
        if layer >= len(self.pool_to):
            raise SnnError(f"pool_to has {len(self.pool_to)} entries, and there are more blocks")
        return self.pool_to[layer]

    def n_features(self, layer: int, spikes: tuple[int, ...], output: tuple[int, ...]) -> int:
        """Features that the matrix of a block reads, from the shapes of its frames."""
        shape = output if self.after_pooling else spikes
        side = self.side(layer) if len(shape) == 3 else None
        return math.prod(shape if side is None else (shape[0], side, side))

    def at(
        self,
        layer: int,
        record: Record,
        matrix: Tensor,
        target: Tensor,
        kind: ErrorKind,
        spikes: Seen,
    ) -> Tensor:
        """Learning signal at the spikes of some steps of a block, [K, B, ...]."""
        seen = (record.output if self.after_pooling else record.spikes).to(matrix.dtype)
        side = self.side(layer) if seen.dim() == 5 else None
        if side is None:
            potential = spikes.product(seen.flatten(2), matrix.T)
            signal = (error_of(potential, target, kind) @ matrix).view_as(seen)
        else:
            with torch.enable_grad():
                leaf = seen.detach().requires_grad_()
                means = functional.adaptive_avg_pool2d(leaf.flatten(0, 1), side)
            read = means.detach().view(*seen.shape[:2], -1)
            pulled = (error_of(read @ matrix.T, target, kind) @ matrix).view_as(means)
            (signal,) = torch.autograd.grad(means, leaf, pulled)
        return record.back(signal) if self.after_pooling else signal


@dataclass(frozen=True)
class DirectFeedback:
    """The readout's error through fixed weights: m[t] = F^T (softmax(y[t]) - y*).

    It needs no weights of other layers, but waits for the readout of the same step.

    Args:
        projection: the matrices F, [C, neurons of the block].

    Reference:
        Noekland, NeurIPS 2016; random e-prop (Bellec et al. 2020), S-TLLR with DFA.
    """

    projection: Projection = field(default_factory=RandomUniform)


@dataclass(frozen=True)
class SpatialBackprop:
    """Backpropagation through the layers within a step, none through time.

        delta_L[t] = W_out^T (softmax(y[t]) - y*)
        delta_l-1[t] = W_l^T (delta_l[t] * Psi(u_l[t]))

    It is local in time, not in space. Delays may stand in the first block only: through others, the
    error of a step belongs to spikes of the past.

    Reference:
        S-TLLR with BP; OTTT (Xiao et al., NeurIPS 2022); with one block, symmetric e-prop.
    """


Signal = LocalReadout | DirectFeedback | SpatialBackprop


def send_spatial(learners: list[BlockLearner], records: list[Record], at_output: Tensor) -> None:
    """Let all blocks learn from what arrives at the output of the last, last block first."""
    for learner, record in zip(reversed(learners), reversed(records), strict=True):
        signal = record.back(at_output)
        if learner is not learners[0]:
            below = learner.send_back(record, signal)
        learner.learn(record, signal)
        if learner is not learners[0]:
            at_output = below
