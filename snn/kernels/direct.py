"""Delayed linear layers as one dense convolution over time."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def delayed_linear(x: Tensor, kernel: Tensor) -> Tensor:
    """Causal convolution over time, equal to `reference.delayed_linear`.

    Args:
        x: input, [T, B, N_in].
        kernel: weight of each delay, [K, N_out, N_in].

    Returns:
        [T, B, N_out].
    """
    if not len(x):
        return x.new_zeros((0, x.shape[1], kernel.shape[1]))
    past = functional.pad(x.permute(1, 2, 0), (len(kernel) - 1, 0))
    # conv1d correlates: its last tap meets the newest input, so delays run backwards.
    taps = kernel.flip(0).permute(1, 2, 0)
    return functional.conv1d(past, taps).permute(2, 0, 1)
