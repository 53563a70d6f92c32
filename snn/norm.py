"""Batch normalisation of currents over time and batch."""

from __future__ import annotations

from torch import Tensor, nn

from polychrony.snn.errors import SnnError


class TemporalBatchNorm(nn.BatchNorm1d):
    """Normalise each neuron's current over all steps and samples, with one set of statistics.

    y = (x - mean) / sqrt(var + eps) * weight + bias, mean and var over T and B in training, the
    running ones in evaluation. Arguments are those of `torch.nn.BatchNorm1d`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Normalise currents [T, B, N]."""
        return super().forward(x.flatten(0, 1)).view(x.shape)

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
