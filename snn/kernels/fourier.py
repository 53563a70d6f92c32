"""Delayed linear layers by the discrete Fourier transform over time.

A convolution over time is a matrix product per frequency, so its cost does not grow with the
longest delay. Long sequences are cut into segments whose results overlap and add up, and where
spectra would be large, frequencies are taken in blocks, so that memory stays bounded. The backward
pass transforms the gradient once for input and kernel; their own spectra it finds ready if they
were small enough to keep, and computes again if not.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from polychrony.snn.kernels import pool
from polychrony.snn.kernels.functional import differentiable, each_of_batch
from polychrony.snn.kernels.spectra import analysis, n_frequencies, n_rows, synthesis

_BLOCK_BYTES = 512 << 20  # of all spectra of a block of frequencies
_KEPT_BYTES = 320 << 20  # of the spectra that one call keeps for its backward pass
_ADDING = 64  # multiply-adds that take as long as to clear a number and add to it


class Plan(NamedTuple):
    """How a convolution is cut up."""

    segment: int
    """Steps of input per segment."""
    length: int
    """Length of the transform, steps."""
    frequencies: int
    """Frequencies per block."""


def operations(sizes: tuple[int, int, int, int, int], segment: int) -> float:
    """Multiply-adds of a forward pass with segments of that many steps, or what costs as much.

    Args:
        sizes: steps T, samples B, N_in, N_out, taps K.
        segment: steps of input per segment.
    """
    n_steps, batch, n_in, n_out, taps = sizes
    segments = -(-n_steps // segment)
    length = segment + taps - 1
    outputs = segment if segments == 1 else length
    rows = n_rows(length, 0, n_frequencies(length))
    transforms = batch * segments * (segment * n_in + outputs * n_out) + taps * n_in * n_out
    adding = _ADDING * n_steps * batch * n_out if segments > 1 else 0
    return float(rows * (transforms + segments * batch * n_in * n_out) + adding)


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

    def __init__(self, like: Tensor, sizes: tuple[int, int, int, int, int]) -> None:
        self.plan = plan(sizes, like.dtype.itemsize)
        self.like = like
        self.n_steps, self.batch, self.n_in, self.n_out, self.taps = sizes
        self.starts = range(0, self.n_steps, self.plan.segment)
        total = n_frequencies(self.plan.length)
        step = self.plan.frequencies
        self.blocks = [(first, min(first + step, total)) for first in range(0, total, step)]
        self.is_whole = len(self.blocks) == len(self.starts) == 1

    def rows(self, block: tuple[int, int]) -> int:
        return n_rows(self.plan.length, *block)

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

    def result(self, n_columns: int) -> Tensor:
        """Memory for a signal, [T, B, n_columns]; 0 where pieces have to add up."""
        y = pool.empty((self.n_steps, self.batch, n_columns), self.like)
        return y if self.is_whole else y.zero_()

    def add_back(
        self, products: Tensor, block: tuple[int, int], y: Tensor, window: int, reverse: bool
    ) -> None:
        """Take products of spectra back to time and add each segment's to its place in `y`."""
        parts = products.view(len(products), len(self.starts), -1)
        for index, start in enumerate(self.starts):
            target = y[start : start + window].flatten(1)
            matrix = self.synthesis(block, len(target), reverse)
            if self.is_whole:
                torch.mm(matrix, parts[:, 0], out=target)
            else:
                target.addmm_(matrix, parts[:, index])

    def kernel_spectrum(self, kernel: Tensor, block: tuple[int, int]) -> Tensor:
        flat = kernel.flatten(1)
        result = pool.empty((self.rows(block), flat.shape[1]), self.like)
        torch.mm(self.analysis(block, len(kernel)), flat, out=result)
        return result.view(-1, *kernel.shape[1:])

    def product(self, left: Tensor, right: Tensor) -> Tensor:
        result = pool.empty((len(left), left.shape[1], right.shape[2]), self.like)
        return torch.bmm(left, right, out=result)


def _sizes(x: Tensor, kernel: Tensor) -> tuple[int, int, int, int, int]:
    """Steps T, samples B, N_in, N_out, taps K."""
    return (*x.shape, kernel.shape[1], len(kernel))


@torch.library.custom_op("polychrony::delayed_linear", mutates_args=())
def _forward(x: Tensor, kernel: Tensor, keep: bool) -> tuple[Tensor, Tensor, Tensor]:
    x, kernel = x.contiguous(), kernel.contiguous()
    cut = _Cut(x, _sizes(x, kernel))
    y = cut.result(kernel.shape[1])
    spectrum = weights = x.new_empty(0)
    for block in cut.blocks:
        spectrum = cut.spectrum(x, block, cut.plan.segment)
        weights = cut.kernel_spectrum(kernel, block)
        products = cut.product(spectrum, weights.transpose(1, 2))
        cut.add_back(products, block, y, cut.plan.length, reverse=False)
    return (y, spectrum, weights) if keep else (y, x.new_empty(0), x.new_empty(0))


@torch.library.custom_op("polychrony::delayed_linear_backward", mutates_args=())
def _backward(
    grad: Tensor,
    left: Tensor,
    right: Tensor,
    taps: int,
    kept: bool,
    for_x: bool,
    for_kernel: bool,
) -> tuple[Tensor, Tensor]:
    """Gradients of x and kernel; `left` and `right` are these, or their spectra if `kept`."""
    grad, left, right = grad.contiguous(), left.contiguous(), right.contiguous()
    n_in, n_out = left.shape[2], grad.shape[2]
    cut = _Cut(grad, (*grad.shape[:2], n_in, n_out, taps))
    grad_x = cut.result(n_in) if for_x else grad.new_empty(0)
    grad_kernel = pool.empty((taps, n_out, n_in) if for_kernel else (0,), grad)
    for block in cut.blocks:
        # A segment's results reach over the whole length, so that is what comes back to it.
        upstream = cut.spectrum(grad, block, cut.plan.length, reverse=True)
        if for_x:
            weights = right if kept else cut.kernel_spectrum(right, block)
            products = cut.product(upstream, weights)
            cut.add_back(products, block, grad_x, cut.plan.segment, reverse=True)
        if for_kernel:
            spectrum = left if kept else cut.spectrum(left, block, cut.plan.segment)
            products = cut.product(upstream.transpose(1, 2), spectrum).flatten(1)
            matrix = cut.synthesis(block, taps, True)
            # With beta = 0, what the memory holds is not read.
            grad_kernel.flatten(1).addmm_(matrix, products, beta=float(block[0] > 0))
    return grad_x, grad_kernel


@_forward.register_fake
def _(x: Tensor, kernel: Tensor, keep: bool) -> tuple[Tensor, Tensor, Tensor]:
    y = x.new_empty((*x.shape[:2], kernel.shape[1]))
    if not keep:
        return y, x.new_empty(0), x.new_empty(0)
    cut = _Cut(x, _sizes(x, kernel))
    rows, parts = cut.rows(cut.blocks[0]), len(cut.starts)
    spectrum = x.new_empty((rows, parts * x.shape[1], x.shape[2]))
    return y, spectrum, x.new_empty((rows, *kernel.shape[1:]))


@_backward.register_fake
def _(
    grad: Tensor,
    left: Tensor,
    right: Tensor,
    taps: int,
    kept: bool,
    for_x: bool,
    for_kernel: bool,
) -> tuple[Tensor, Tensor]:
    n_in, n_out = left.shape[2], grad.shape[2]
    return (
        grad.new_empty((*grad.shape[:2], n_in) if for_x else (0,)),
        grad.new_empty((taps, n_out, n_in) if for_kernel else (0,)),
    )


def _keep(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor, Tensor]) -> None:
    x, kernel, ctx.kept = inputs
    ctx.taps = len(kernel)
    ctx.set_materialize_grads(False)
    ctx.save_for_backward(*(output[1:] if ctx.kept else (x, kernel)))


def _pull_back(
    ctx: Any, grad: Tensor | None, *_: Tensor | None
) -> tuple[Tensor | None, Tensor | None, None]:
    for_x, for_kernel = ctx.needs_input_grad[:2]
    if grad is None:
        return None, None, None
    grads = _gradient(grad, *ctx.saved_tensors, ctx.taps, ctx.kept, for_x, for_kernel)
    return grads[0] if for_x else None, grads[1] if for_kernel else None, None


for _operator in (_forward, _backward):
    # Sums of thousands of terms in half precision would lose what the transform gains.
    _operator.register_autocast("cpu", torch.float32)
    _operator.register_autocast("cuda", torch.float32)
    _operator.register_vmap(each_of_batch(_operator))
_forward.register_autograd(_pull_back, setup_context=_keep)
_gradient = differentiable(_backward)
_run = differentiable(_forward, _keep, _pull_back)


def _is_small(x: Tensor, kernel: Tensor) -> bool:
    """Whether the spectra of both are in one block, and small enough to keep."""
    cut = _Cut(x, _sizes(x, kernel))
    columns = len(cut.starts) * x[0].numel() + kernel[0].numel()
    return len(cut.blocks) == 1 and (
        cut.rows(cut.blocks[0]) * columns * x.dtype.itemsize <= _KEPT_BYTES
    )


def delayed_linear(x: Tensor, kernel: Tensor) -> Tensor:
    """Causal convolution over time, equal to `reference.delayed_linear`.

    Args:
        x: input, [T, B, N_in].
        kernel: weight of each delay, [K, N_out, N_in].

    Returns:
        [T, B, N_out].
    """
    longest = max(1, x.shape[0])  # no later delay is ever seen
    if len(kernel) > longest:  # a slice that keeps all would still copy the gradient
        kernel = kernel[:longest]
    dtype = x.dtype
    if dtype in (torch.float16, torch.bfloat16):
        x, kernel = x.float(), kernel.float()
    # What is traced must not depend on sizes; nothing is kept without a gradient to come.
    learns = torch.is_grad_enabled() and (x.requires_grad or kernel.requires_grad)
    keep = learns and not torch.compiler.is_compiling() and _is_small(x, kernel)
    y: Tensor = _run(x, kernel, keep)[0]
    return y.to(dtype)
