"""Delayed linear layers by the discrete Fourier transform over time.

A convolution over time is a matrix product per frequency, so its cost does not grow with the
longest delay. The transforms are products with small cosine and sine matrices: time stays the
first axis and nothing is copied into another layout.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor


def _angles(length: int, n_steps: int) -> Tensor:
    """Phase of each frequency at each step, float64 [F, n_steps], reduced before scaling."""
    frequency = torch.arange(length // 2 + 1).unsqueeze(1)
    turns = (frequency * torch.arange(n_steps)) % length
    return turns.to(torch.float64) * (2 * math.pi / length)


@lru_cache(maxsize=64)
def _analysis(length: int, n_steps: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Rows that take [n_steps, ...] to real and imaginary parts, [2 F, n_steps]."""
    with torch.inference_mode(False):  # a cached matrix must serve training as well
        angle = _angles(length, n_steps)
        return torch.cat([angle.cos(), -angle.sin()]).to(device, dtype)


@lru_cache(maxsize=64)
def _synthesis(length: int, n_steps: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Columns that take real and imaginary parts back to time, [n_steps, 2 F]."""
    with torch.inference_mode(False):
        angle = _angles(length, n_steps).T
        # Frequencies between 0 and Nyquist stand for their mirror images too.
        fold = torch.full((length // 2 + 1,), 2.0, dtype=torch.float64)
        fold[0] = 1.0
        if length % 2 == 0:
            fold[-1] = 1.0
        matrix = torch.cat([angle.cos() * fold, -angle.sin() * fold], dim=1) / length
        return matrix.to(device, dtype)


def _transform(matrix: Tensor, x: Tensor) -> Tensor:
    """`matrix` applied to the first axis of `x`, the other axes kept."""
    return (matrix @ x.flatten(1)).view(-1, *x.shape[1:])


def transform_length(n_steps: int, n_taps: int) -> int:
    """Shortest transform in which delayed values do not wrap around into the first `n_steps`."""
    return n_steps + n_taps - 1


def delayed_linear(x: Tensor, kernel: Tensor) -> Tensor:
    """Causal convolution over time, equal to `reference.delayed_linear`.

    Args:
        x: input, [T, B, N_in].
        kernel: weight of each delay, [K, N_out, N_in].

    Returns:
        [T, B, N_out].
    """
    n_steps, kernel = x.shape[0], kernel[: max(1, x.shape[0])]
    length = transform_length(n_steps, len(kernel))
    like = (x.dtype, x.device)
    n_freq = length // 2 + 1
    spectrum = _transform(_analysis(length, n_steps, *like), x)
    weights = _transform(_analysis(length, len(kernel), *like), kernel)
    # Unbinding has a cheap backward; slicing would fill a whole tensor with zeros per half.
    xr, xi = spectrum.view(2, n_freq, *spectrum.shape[1:]).unbind()
    wr, wi = weights.view(2, n_freq, *weights.shape[1:]).transpose(2, 3).unbind()
    # Three real products in place of one complex one.
    shared = torch.bmm(xr + xi, wr)
    real = shared - torch.bmm(xi, wr + wi)
    imag = shared + torch.bmm(xr, wi - wr)
    return _transform(_synthesis(length, n_steps, *like), torch.stack([real, imag]).flatten(0, 1))
