"""Batch normalisation of currents over time and batch."""

from __future__ import annotations

import torch
from torch import Tensor, distributed, nn

from polychrony.snn.errors import SnnError
from polychrony.snn.kernels.norm import normalise


def _is_joined() -> bool:
    """Whether several processes train together."""
    return (
        distributed.is_available()
        and distributed.is_initialized()
        and distributed.get_world_size() > 1
    )


class TemporalBatchNorm(nn.BatchNorm1d):
    """Normalise each neuron's current over all steps and samples, with one set of statistics.

        y = (x - mean) / sqrt(var + eps) * weight + bias

    with mean and var over T and B in training, the running ones in evaluation. Arguments are those
    of `torch.nn.BatchNorm1d`.

    Where several processes train together (`torch.distributed` with more than one), mean and var
    in training are those of the batches of all of them, as with `torch.nn.SyncBatchNorm`; each
    process must then call the layer equally often. Sums are kept in float64.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Normalise currents [T, B, N].

        Raises:
            SnnError: `x` has a wrong shape, or a single step of a single sample to learn from.
        """
        if x.dim() != 3 or x.shape[2] != self.num_features:
            raise SnnError(
                f"TemporalBatchNorm takes [T, B, {self.num_features}], not {list(x.shape)}"
            )
        rows = x.flatten(0, 1)
        if not self.training and self.running_mean is not None:
            return super().forward(rows).view(x.shape)
        return self._by_batch(rows).view(x.shape)

    def _by_batch(self, rows: Tensor) -> Tensor:
        joined = self.training and _is_joined()
        if len(rows) < 2 and not joined:
            raise SnnError(
                f"TemporalBatchNorm has {len(rows)} step to learn from; a variance needs 2 or more"
            )
        like = rows.new_empty(0, dtype=torch.promote_types(rows.dtype, torch.float32))
        ones, zeros = like.new_ones(rows.shape[1]), like.new_zeros(rows.shape[1])
        weight, bias = (self.weight, self.bias) if self.affine else (ones, zeros)
        center = zeros if self.running_mean is None else self.running_mean.to(like.dtype)
        y, *statistics = normalise(
            rows, weight.to(like.dtype), bias.to(like.dtype), center, self.eps, joined
        )
        if self.training:
            self._track(*statistics)
        return y

    @torch.no_grad()
    def _track(self, mean: Tensor, var: Tensor, count: Tensor) -> None:
        """Move the running statistics towards those of a batch."""
        if self.running_mean is None or self.running_var is None:
            return
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
        share = self.momentum
        if share is None:
            share = 1.0 / float(self.num_batches_tracked or 1)
        unbiased = var * (count / (count - 1))
        self.running_mean.lerp_(mean.to(self.running_mean.dtype), share)
        self.running_var.lerp_(unbiased.to(self.running_var.dtype), share)

    def scale_and_shift(self) -> tuple[Tensor, Tensor]:
        """What evaluation amounts to, y = x * scale + shift, each float64 [N].

        Raises:
            SnnError: the layer keeps no running statistics.
        """
        if self.running_mean is None or self.running_var is None:
            raise SnnError("TemporalBatchNorm without running statistics cannot be folded")
        scale = (self.running_var.double() + self.eps).rsqrt()
        shift = -self.running_mean.double() * scale
        if self.affine:
            weight, bias = self.weight.detach().double(), self.bias.detach().double()
            scale, shift = scale * weight, shift * weight + bias
        return scale, shift
