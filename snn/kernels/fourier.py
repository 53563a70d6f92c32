"""Delayed linear layers by the discrete Fourier transform over time.

A convolution over time is a matrix product per frequency, so its cost does not grow with the
longest delay. Long sequences are cut into segments whose results overlap and add up, and
frequencies are taken in blocks, so that memory stays bounded. The backward pass keeps only input
and kernel; each block transforms the gradient once and uses it for both of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from polychrony.snn.kernels import pool
from polychrony.snn.kernels.functional import differentiable, each_of_batch
from polychrony.snn.kernels.spectra import analysis, n_frequencies, synthesis

_BLOCK_BYTES = 64 << 20


class Plan(NamedTuple):
    """How a convolution is cut up."""

    segment: int
    """Steps of input per segment."""
    length: int
    """Length of the transform, steps."""
    frequencies: int
    """Frequencies per block."""


def operations(sizes: tuple[int, int, int, int, int], segment: int) -> float:
    """Multiply-adds of a forward pass with segments of that many steps.

    Args:
        sizes: steps T, samples B, N_in, N_out, taps K.
        segment: steps of input per segment.
    """
    n_steps, batch, n_in, n_out, taps = sizes
    segments = -(-n_steps // segment)
    length = segment + taps - 1
    outputs = segment if segments == 1 else length
    rows = 3 * n_frequencies(length)
    transforms = batch * segments * (segment * n_in + outputs * n_out) + taps * n_in * n_out
    return float(rows * (transforms + segments * batch * n_in * n_out))


def plan(sizes: tuple[int, int, int, int, int], itemsize: int) -> Plan:
    """The way with the fewest operations, within bounded memory.

    Args:
        sizes: steps T, samples B, N_in, N_out, taps K.
        itemsize: bytes of a number.
    """
    n_steps, batch, n_in, n_out, taps = sizes
    choices = {max(1, -(-n_steps // parts)) for parts in range(1, 33)}
    segment = min(choices, key=lambda steps: operations(sizes, steps))
    length = segment + taps - 1
    columns = -(-n_steps // segment) * batch * (n_in + n_out) + n_in * n_out
    block = max(4, _BLOCK_BYTES // (3 * itemsize * columns))
    total = n_frequencies(length)
    blocks = -(-total // min(block, total))
    return Plan(segment, length, -(-total // blocks))


class _Cut:
    """The pieces of one call: segments of time, blocks of frequencies."""

    def __init__(self, x: Tensor, n_out: int, taps: int) -> None:
        n_steps, batch, n_in = x.shape
        self.plan = plan((n_steps, batch, n_in, n_out, taps), x.dtype.itemsize)
        self.batch, self.taps, self.like = batch, taps, x
        self.starts = range(0, n_steps, self.plan.segment)
        total = n_frequencies(self.plan.length)
        step = self.plan.frequencies
        self.blocks = [(first, min(first + step, total)) for first in range(0, total, step)]

    def rows(self, block: tuple[int, int]) -> int:
        return 3 * (block[1] - block[0])

    def analysis(self, block: tuple[int, int], n_steps: int, reverse: bool = False) -> Tensor:
        like = self.like
        return analysis(self.plan.length, *block, n_steps, reverse, like.dtype, like.device)

    def synthesis(self, block: tuple[int, int], n_steps: int, reverse: bool = False) -> Tensor:
        like = self.like
        return synthesis(self.plan.length, *block, n_steps, reverse, like.dtype, like.device)

    def spectrum(
        self, x: Tensor, block: tuple[int, int], window: int, reverse: bool = False
    ) -> Tensor:
        """Spectrum of the segments of a signal, each `window` steps, [rows, segments * B, N]."""
        width = self.batch * x.shape[2]
        shape = (self.rows(block), len(self.starts), width)
        result = pool.empty(shape, self.like)
        for index, start in enumerate(self.starts):
            part = x[start : start + window].flatten(1)
            torch.mm(self.analysis(block, len(part), reverse), part, out=result[:, index])
        return result.view(shape[0], -1, x.shape[2])

    def add_back(
        self, products: Tensor, block: tuple[int, int], y: Tensor, window: int, reverse: bool
    ) -> None:
        """Take products of spectra back to time and add each segment's to its place in `y`."""
        parts = products.view(len(products), len(self.starts), -1)
        for index, start in enumerate(self.starts):
            target = y[start : start + window].flatten(1)
            target.addmm_(self.synthesis(block, len(target), reverse), parts[:, index])

    def kernel_spectrum(self, kernel: Tensor, block: tuple[int, int]) -> Tensor:
        flat = kernel.flatten(1)
        result = pool.empty((self.rows(block), flat.shape[1]), self.like)
        torch.mm(self.analysis(block, len(kernel)), flat, out=result)
        return result.view(-1, *kernel.shape[1:])

    def product(self, left: Tensor, right: Tensor) -> Tensor:
        result = pool.empty((len(left), left.shape[1], right.shape[2]), self.like)
        return torch.bmm(left, right, out=result)


def _zeros(shape: tuple[int, ...], like: Tensor) -> Tensor:
    return pool.empty(shape, like).zero_()


@torch.library.custom_op("polychrony::delayed_linear", mutates_args=())
def _forward(x: Tensor, kernel: Tensor) -> Tensor:
    x, kernel = x.contiguous(), kernel.contiguous()
    cut = _Cut(x, kernel.shape[1], len(kernel))
    y = _zeros((*x.shape[:2], kernel.shape[1]), x)
    for block in cut.blocks:
        spectrum = cut.spectrum(x, block, cut.plan.segment)
        weights = cut.kernel_spectrum(kernel, block)
        products = cut.product(spectrum, weights.transpose(1, 2))
        cut.add_back(products, block, y, cut.plan.length, reverse=False)
    return y


@torch.library.custom_op("polychrony::delayed_linear_backward", mutates_args=())
def _backward(
    grad: Tensor, x: Tensor, kernel: Tensor, for_x: bool, for_kernel: bool
) -> tuple[Tensor, Tensor]:
    grad, x, kernel = grad.contiguous(), x.contiguous(), kernel.contiguous()
    cut = _Cut(x, kernel.shape[1], len(kernel))
    grad_x = _zeros(tuple(x.shape), x) if for_x else x.new_empty(0)
    grad_kernel = _zeros(tuple(kernel.shape), x) if for_kernel else x.new_empty(0)
    for block in cut.blocks:
        # A segment's results reach over the whole length, so that is what comes back to it.
        upstream = cut.spectrum(grad, block, cut.plan.length, reverse=True)
        if for_x:
            products = cut.product(upstream, cut.kernel_spectrum(kernel, block))
            cut.add_back(products, block, grad_x, cut.plan.segment, reverse=True)
        if for_kernel:
            spectrum = cut.spectrum(x, block, cut.plan.segment)
            products = cut.product(upstream.transpose(1, 2), spectrum)
            flat = grad_kernel.flatten(1)
            flat.addmm_(cut.synthesis(block, len(kernel), True), products.flatten(1))
    return grad_x, grad_kernel


@_forward.register_fake
def _(x: Tensor, kernel: Tensor) -> Tensor:
    return x.new_empty((*x.shape[:2], kernel.shape[1]))


@_backward.register_fake
def _(
    grad: Tensor, x: Tensor, kernel: Tensor, for_x: bool, for_kernel: bool
) -> tuple[Tensor, Tensor]:
    return (
        x.new_empty(x.shape if for_x else (0,)),
        kernel.new_empty(kernel.shape if for_kernel else (0,)),
    )


def _keep(ctx: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
    ctx.save_for_backward(*inputs)


def _pull_back(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
    x, kernel = ctx.saved_tensors
    for_x, for_kernel = ctx.needs_input_grad[:2]
    grad_x, grad_kernel = _gradient(grad, x, kernel, for_x, for_kernel)
    return grad_x if for_x else None, grad_kernel if for_kernel else None


for _operator in (_forward, _backward):
    # Sums of thousands of terms in half precision would lose what the transform gains.
    _operator.register_autocast("cpu", torch.float32)
    _operator.register_autocast("cuda", torch.float32)
    _operator.register_vmap(each_of_batch(_operator))
_forward.register_autograd(_pull_back, setup_context=_keep)
_gradient = differentiable(_backward)
_run = differentiable(_forward, _keep, _pull_back)


def delayed_linear(x: Tensor, kernel: Tensor) -> Tensor:
    """Causal convolution over time, equal to `reference.delayed_linear`.

    Args:
        x: input, [T, B, N_in].
        kernel: weight of each delay, [K, N_out, N_in].

    Returns:
        [T, B, N_out].
    """
    kernel = kernel[: max(1, x.shape[0])]  # no later delay is ever seen
    if x.dtype in (torch.float16, torch.bfloat16):
        y: Tensor = _run(x.float(), kernel.float())
        return y.to(x.dtype)
    y = _run(x, kernel)
    return y
