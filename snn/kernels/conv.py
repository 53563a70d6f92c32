"""Delayed two-dimensional convolutions: definition, direct and by the Fourier transform."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from polychrony.snn.errors import SnnError
from polychrony.snn.kernels.matrices import analysis, synthesis
from polychrony.snn.kernels.spectra import n_rows

BACKENDS = ("reference", "direct", "fourier")
_FEW = 8  # taps, below which transforms cost more than they save


def reference(x: Tensor, kernel: Tensor, stride: int, padding: int, groups: int) -> Tensor:
    """The definition; see `delayed_conv2d` for arguments and returns."""
    y = _spatial(x, kernel[0], stride, padding, groups)
    for c in range(1, min(len(kernel), len(x))):
        late = _spatial(x[: len(x) - c], kernel[c], stride, padding, groups)
        y = y + functional.pad(late, (0,) * 8 + (c, 0))
    return y


def _spatial(x: Tensor, weight: Tensor, stride: int, padding: int, groups: int) -> Tensor:
    y = functional.conv2d(x.flatten(0, 1), weight, None, stride, padding, 1, groups)
    return y.view(*x.shape[:2], *y.shape[1:])


def direct(x: Tensor, kernel: Tensor, stride: int, padding: int, groups: int) -> Tensor:
    """One dense convolution over time and space; see `delayed_conv2d`."""
    past = functional.pad(x.permute(1, 2, 0, 3, 4), (0, 0, 0, 0, len(kernel) - 1, 0))
    # conv3d correlates: its last tap meets the newest input, so delays run backwards.
    taps = kernel.flip(0).permute(1, 2, 0, 3, 4)
    steps = (1, stride, stride)
    y = functional.conv3d(past, taps, None, steps, (0, padding, padding), 1, groups)
    return y.permute(2, 0, 1, 3, 4)


def fourier(x: Tensor, kernel: Tensor, stride: int, padding: int, groups: int) -> Tensor:
    """A convolution over space for each frequency of time; see `delayed_conv2d`."""
    n_steps, batch, channels = x.shape[:3]
    length = n_steps + len(kernel) - 1
    rows = n_rows(length)

    def spectrum(values: Tensor) -> Tensor:
        matrix = analysis(length, len(values), False, x.dtype, x.device)
        return (matrix @ values.flatten(1)).view(-1, *values.shape[1:])

    # Every row of a spectrum is a group of channels of one convolution.
    signal = spectrum(x).transpose(0, 1).reshape(batch, rows * channels, *x.shape[3:])
    weights = spectrum(kernel).flatten(0, 1)
    products = functional.conv2d(signal, weights, None, stride, padding, 1, rows * groups)
    parts = products.view(batch, rows, kernel.shape[1], *products.shape[2:]).transpose(0, 1)
    matrix = synthesis(length, n_steps, False, x.dtype, x.device)
    return (matrix @ parts.reshape(rows, -1)).view(-1, *parts.shape[1:])


def delayed_conv2d(
    x: Tensor, kernel: Tensor, stride: int, padding: int, groups: int, backend: str = "auto"
) -> Tensor:
    """Causal convolution over time of convolutions over space.

    y[t] = sum over c of conv2d(x[t - c], kernel[c])

    Args:
        x: input, [T, B, C, H, W].
        kernel: weights of each delay, [K, C_out, C / groups, kH, kW].
        stride: of the convolution over space.
        padding: zeros around the input.
        groups: groups of channels that do not mix.
        backend: `"reference"`, `"direct"`, `"fourier"` or `"auto"`: direct for few taps, where the
            transforms cost more than they save.

    Returns:
        [T, B, C_out, H_out, W_out]; what would arrive after the last step is cut.

    Raises:
        SnnError: the backend is unknown.
    """
    kernel = kernel[: max(1, len(x))]  # no later delay is ever seen
    options = (stride, padding, groups)
    if backend == "auto":
        backend = "reference" if len(kernel) == 1 else _quicker(x, kernel)
    if backend not in BACKENDS:
        raise SnnError(f"backend {backend!r} is unknown; there are: auto, {', '.join(BACKENDS)}")
    run = {"reference": reference, "direct": direct, "fourier": fourier}[backend]
    if not len(x):
        return _spatial(x, kernel[0], *options)
    return run(x, kernel, *options)


def _quicker(x: Tensor, kernel: Tensor) -> str:
    transforms = len(kernel) >= _FEW and x.dtype in (torch.float32, torch.float64)
    return "fourier" if transforms else "direct"
