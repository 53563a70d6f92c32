"""A convolution over time through its spectrum: what the authors' code spends its time on."""

from __future__ import annotations

import functools
import math
from typing import Any

import scipy.fft
import torch
from torch import Tensor


@functools.cache
def _analysis(size: int, length: int) -> Tensor:
    """Real, then imaginary rows of the Fourier transform of `length` values, [2 F, length]."""
    frequency = torch.arange(size // 2 + 1, dtype=torch.float64)[:, None]
    angle = frequency * torch.arange(length, dtype=torch.float64) % size * (2 * math.pi / size)
    return torch.cat([angle.cos(), -angle.sin()]).float()


@functools.cache
def _synthesis(size: int, length: int) -> Tensor:
    """Its inverse for real signals, [length, 2 F]."""
    share = torch.full((size // 2 + 1, 1), 2.0 / size)
    share[0] = share[-1] = 1.0 / size
    return (_analysis(size, length) * torch.cat([share, share])).t().contiguous()


class _Correlate(torch.autograd.Function):
    """y[b, o, t] = sum over c and k of x[b, c, t + k] w[o, c, k], where x reaches.

    A matrix takes the signals to their spectra: at some hundred steps that is quicker than a fast
    transform, and leaves the frequencies outermost, as products of matrices want them.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor) -> Tensor:
        (batch, channels, length), (out, _, taps) = x.shape, w.shape
        size = scipy.fft.next_fast_len(length, real=True)
        size += size % 2
        inputs = _analysis(size, length) @ x.permute(2, 0, 1).reshape(length, -1)
        weights = _analysis(size, taps) @ w.permute(2, 1, 0).reshape(taps, -1)
        a, b = inputs.view(2, -1, batch, channels), weights.view(2, -1, channels, out)
        ctx.save_for_backward(a, b)
        ctx.sizes = size, length, taps
        product = torch.stack([a[0] @ b[0] + a[1] @ b[1], a[1] @ b[0] - a[0] @ b[1]])
        kept = length - taps + 1
        y = _synthesis(size, kept) @ product.view(-1, batch * out)
        return y.view(kept, batch, out).permute(1, 2, 0)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor | None]:
        (grad,), (a, b) = grads, ctx.saved_tensors
        size, length, taps = ctx.sizes
        batch, channels, out = a.shape[2], a.shape[3], b.shape[3]
        kept = length - taps + 1
        g = _synthesis(size, kept).t() @ grad.permute(2, 0, 1).reshape(kept, -1)
        g = g.view(2, -1, batch, out)
        grad_x = grad_w = None
        if ctx.needs_input_grad[0]:
            c = torch.stack([g[0] @ b[0].mT - g[1] @ b[1].mT, g[0] @ b[1].mT + g[1] @ b[0].mT])
            x = _analysis(size, length).t() @ c.view(-1, batch * channels)
            grad_x = x.view(length, batch, channels).permute(1, 2, 0)
        if ctx.needs_input_grad[1]:
            c = torch.stack([a[0].mT @ g[0] + a[1].mT @ g[1], a[1].mT @ g[0] - a[0].mT @ g[1]])
            w = _analysis(size, taps).t() @ c.view(-1, channels * out)
            grad_w = w.view(taps, channels, out).permute(2, 1, 0)
        return grad_x, grad_w


def conv1d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | tuple[int] = 1,
    padding: int | tuple[int] = 0,
    dilation: int | tuple[int] = 1,
    groups: int = 1,
) -> Tensor:
    """`torch.nn.functional.conv1d` for what the authors' layers ask of it.

    Args:
        x: signals, [B, C, L].
        weight: kernels, [O, C, K].
        bias: added to each of the O channels.
        stride: 1.
        padding: 0.
        dilation: 1.
        groups: 1.

    Returns:
        [B, O, L - K + 1].

    Raises:
        NotImplementedError: anything else than the defaults.
    """
    if (groups, *map(_only, (stride, padding, dilation))) != (1, 1, 0, 1):
        raise NotImplementedError("stride, padding, dilation and groups: only 1, 0, 1 and 1")
    y: Tensor = _Correlate.apply(x, weight)  # type: ignore[no-untyped-call]
    return y if bias is None else y + bias[:, None]


def _only(value: int | tuple[int]) -> int:
    return value if isinstance(value, int) else value[0]
