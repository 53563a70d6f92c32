"""Currents of integer delays, summed in float64 and rounded once."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from polychrony.snn.delays.taps import integer_kernel
from polychrony.snn.kernels import pool, reference
from polychrony.snn.kernels.events import scatter_rounded


def _by_events(x: Tensor, weight: Tensor, delay: Tensor, bias: Tensor | None) -> Tensor:
    n_out, n_in, taps = weight.shape
    post = np.tile(np.repeat(np.arange(n_out, dtype=np.int32), taps), n_in)
    weights, delays = (tensor.detach().permute(1, 0, 2).reshape(-1) for tensor in (weight, delay))
    constant = np.zeros(n_out) if bias is None else bias.detach().double().numpy()
    current = pool.empty((*x.shape[:2], n_out), x)
    scatter_rounded(
        x.detach().numpy(),
        np.arange(n_in + 1) * (n_out * taps),
        post,
        delays.round().to(torch.int32).numpy(),
        weights.double().numpy(),
        constant,
        current.numpy(),
    )
    return current


def exact_current(x: Tensor, weight: Tensor, delay: Tensor, bias: Tensor | None) -> Tensor:
    """Current y_j[t] = b_j + sum over i, k of w_jik x_i[t - d_jik], independent of order and batch.

    Products of float32 weights with spike counts are exact in float64, and so are their sums unless
    weights differ by more than a factor of about 2^19; the only rounding is the last.

    Args:
        x: spikes or values, [T, B, N_in].
        weight: weights, [N_out, N_in, taps].
        delay: integer delays, steps, [N_out, N_in, taps].
        bias: constant of every step, [N_out], or None.

    Returns:
        [T, B, N_out] in the dtype of `x`; no gradient.
    """
    if x.device.type == "cpu" and x.dtype in (torch.float32, torch.float64):
        return _by_events(x, weight, delay, bias)
    kernel = integer_kernel(weight.detach().double(), delay, int(delay.max()))
    total = reference.delayed_linear(x.detach().double(), kernel)
    if bias is not None:
        total = total + bias.detach().double()
    return total.to(x.dtype)
