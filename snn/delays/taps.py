"""How a delay that is a real number spreads over the integer steps around it."""

from __future__ import annotations

import torch
from torch import Tensor

from polychrony.snn.errors import SnnError
from polychrony.snn.kernels.spread import SHAPES, spread

KERNELS = (*SHAPES, "linear")


def _place(weight: Tensor, step: Tensor, n_taps: int) -> Tensor:
    """Put each weight [out, in, taps] at its integer delay, [n_taps, out, in]."""
    dense = weight.new_zeros((n_taps, *weight.shape[:2]))
    return dense.scatter_add(0, step.permute(2, 0, 1), weight.permute(2, 0, 1))


def _interpolate(weight: Tensor, delay: Tensor, n_taps: int) -> Tensor:
    # The last pair of steps also serves a delay of exactly the last step, and keeps its gradient.
    below = delay.detach().floor().clamp(0, max(0, n_taps - 2))
    part = delay - below
    step = below.long()
    if n_taps == 1:
        return _place(weight, step, n_taps)
    early, late = weight * (1 - part), weight * part
    return _place(torch.cat([early, late], -1), torch.cat([step, step + 1], -1), n_taps)


def tap_kernel(weight: Tensor, delay: Tensor, sigma: Tensor, max_delay: int, kernel: str) -> Tensor:
    """Weight of every integer delay, from learnable delays.

    With offset x_c = c - delay for c = 0 .. max_delay, a tap of weight w becomes
    w * g(x_c) / (sum over c of g(x_c) + 1e-7), where
    `"gauss"`: g(x) = exp(-x^2 / (2 sigma^2));  `"triangle"`: g(x) = max(0, sigma - |x|).
    `"linear"` shares w between the two nearest steps, w * max(0, 1 - |x_c|), whatever sigma is.

    Args:
        weight: weights, [N_out, N_in, taps].
        delay: delays in [0, max_delay], steps, [N_out, N_in, taps].
        sigma: width of the kernel, steps, above 0; scalar.
        max_delay: longest delay, steps.
        kernel: `"gauss"`, `"triangle"` or `"linear"`.

    Returns:
        [max_delay + 1, N_out, N_in].

    Reference:
        Khalfaoui-Hassani et al., "Dilated convolution with learnable spacings: beyond bilinear
        interpolation", 2023. Positions there run from the other end: P = max_delay / 2 - delay,
        and its widths are |SIG| + 0.27 (gauss) and |SIG| + 1 (triangle). At an integer delay the
        gradient of `"linear"` is the right-hand one (the left-hand one at `max_delay`).
    """
    if kernel == "linear":
        return _interpolate(weight, delay, max_delay + 1)
    if kernel not in SHAPES:
        raise SnnError(f"kernel {kernel!r} is unknown; use one of {', '.join(KERNELS)}")
    return spread(weight, delay, sigma, max_delay + 1, kernel)


def integer_kernel(weight: Tensor, delay: Tensor, max_delay: int) -> Tensor:
    """Weight of every integer delay, with each tap at its nearest step.

    Args:
        weight: weights, [N_out, N_in, taps].
        delay: delays in [0, max_delay], steps, [N_out, N_in, taps].
        max_delay: longest delay, steps.

    Returns:
        [max_delay + 1, N_out, N_in]; differentiable in `weight`.
    """
    return _place(weight, delay.detach().round().long(), max_delay + 1)
