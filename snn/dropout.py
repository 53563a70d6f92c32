"""Dropout that silences a neuron for a whole sequence."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from polychrony.snn.kernels.masking import scale_steps


class SequenceDropout(nn.Module):
    """Silence each neuron of each sample with probability p for all steps of a forward.

        y[t] = x[t] * m / (1 - p), m ~ Bernoulli(1 - p) drawn once per forward

    In evaluation it is the identity.

    A mask drawn anew in every step would average out over time.

    Args:
        p: probability of silence, in [0, 1].
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Drop neurons of [T, B, ...]."""
        if not self.training or self.p == 0:
            return x
        return scale_steps(x, functional.dropout(torch.ones_like(x[:1]), self.p))

    def extra_repr(self) -> str:
        """Parameters shown by print."""
        return f"p={self.p}"
