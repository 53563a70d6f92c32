"""Delayed linear layers by the discrete Fourier transform over time.

A convolution over time is a matrix product per frequency, so its cost does not grow with the
longest delay. Long sequences are cut into segments whose results overlap and add up, and samples
are taken in groups where their spectra would be large, so that memory stays bounded. The backward
pass transforms the gradient once for input and kernel; their own spectra it finds ready if they
were small enough to keep, and computes again if not.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from polychrony.snn.kernels import pool, reference
from polychrony.snn.kernels.fft import Compiled
from polychrony.snn.kernels.functional import differentiable, each_of_batch
from polychrony.snn.kernels.matrices import Matrices
from polychrony.snn.kernels.spectra import Transform, good_length, n_rows

_KERNEL_BYTES = 1 << 30  # of the kernel's spectrum, above which shorter segments are taken
_GROUP_BYTES = 512 << 20  # of all spectra of a group of samples
_KEPT_BYTES = 320 << 20  # of the spectra that one call keeps for its backward pass
_MOVED = 40  # multiply-adds that take as long as a spectrum's number is written, read and used


class Sizes(NamedTuple):
    """Sizes of a call."""

    n_steps: int
    batch: int
    n_in: int
    n_out: int
    taps: int

    @classmethod
    def of(cls, x: Tensor, kernel: Tensor) -> Sizes:
        """Sizes of an input [T, B, N_in] and a kernel [K, N_out, N_in]."""
        n_steps, batch, n_in = x.shape
        return cls(n_steps, batch, n_in, kernel.shape[1], len(kernel))


class Plan(NamedTuple):
    """How a convolution is cut up."""

    segment: int
    """Steps of input per segment."""
    length: int
    """Length of the transform, steps."""
    samples: int
    """Samples per group."""


def operations(sizes: Sizes, segment: int) -> float:
    """Multiply-adds of a forward pass with segments of that many steps, or what costs as much."""
    segments = -(-sizes.n_steps // segment)
    rows = n_rows(good_length(segment + sizes.taps - 1))
    products = segments * sizes.batch * sizes.n_in * sizes.n_out
    numbers = segments * sizes.batch * (sizes.n_in + sizes.n_out) + sizes.n_in * sizes.n_out
    return float(rows * (products + _MOVED * numbers))


@lru_cache(maxsize=1024)
def plan(sizes: Sizes, itemsize: int) -> Plan:
    """The way with the fewest operations, within bounded memory.

    Args:
        sizes: of the call.
        itemsize: bytes of a number.
    """
    n_steps, batch, n_in, n_out, taps = sizes

    def kernel_bytes(segment: int) -> int:
        return n_rows(good_length(segment + taps - 1)) * n_in * n_out * itemsize

    choices = {max(1, -(-n_steps // parts)) for parts in range(1, 33)}
    fitting = {segment for segment in choices if kernel_bytes(segment) <= _KERNEL_BYTES}
    segment = min(
        fitting or {min(choices, key=kernel_bytes)}, key=lambda steps: operations(sizes, steps)
    )
    length = good_length(segment + taps - 1)
    a_sample = n_rows(length) * -(-n_steps // segment) * (n_in + n_out) * itemsize
    groups = -(-batch * a_sample // _GROUP_BYTES)
    return Plan(segment, length, max(1, -(-batch // max(1, groups))))


def transform(length: int, like: Tensor) -> Transform:
    """The quickest transform of a good length for tensors of a type and device."""
    on_cpu = like.device.type == "cpu" and like.dtype in (torch.float32, torch.float64)
    return Compiled(length) if on_cpu else Matrices(length)


class _Cut:
    """The pieces of one call: segments of time, groups of samples."""

    def __init__(self, like: Tensor, sizes: Sizes) -> None:
        self.like = like
        self.sizes = sizes
        self.plan = plan(sizes, like.dtype.itemsize)
        self.transform = transform(self.plan.length, like)
        self.reach = self.plan.segment + sizes.taps - 1
        self.starts = list(range(0, sizes.n_steps, self.plan.segment))

    @property
    def groups(self) -> Iterator[slice]:
        """Samples of each group."""
        batch, step = self.sizes.batch, self.plan.samples
        return (slice(first, min(first + step, batch)) for first in range(0, batch, step))

    def spectrum(self, x: Tensor, group: slice, window: int, reverse: bool = False) -> Tensor:
        """Spectrum of the segments of a group's signals, [rows, segments * samples, N]."""
        width = x.shape[2]
        columns = slice(group.start * width, group.stop * width)
        flat = x.view(len(x), -1)
        result = self.transform.analyse(flat, columns, self.starts, window, reverse)
        return result.view(len(result), -1, width)

    def back(
        self, products: Tensor, y: Tensor, group: slice, window: int, reverse: bool = False
    ) -> None:
        """Take products of spectra of a group back to time, each segment's to its place in `y`."""
        width = y.shape[2]
        columns = slice(group.start * width, group.stop * width)
        parts = products.view(len(products), len(self.starts), -1)
        flat = y.view(len(y), -1)
        self.transform.synthesise(parts, flat, columns, self.starts, window, reverse)

    def kernel_spectrum(self, kernel: Tensor) -> Tensor:
        flat = kernel.view(len(kernel), -1)
        found = self.transform.analyse(flat, slice(0, flat.shape[1]), [0], len(kernel), False)
        return found.view(-1, *kernel.shape[1:])

    def kernel_back(self, products: Tensor, kernel: Tensor) -> None:
        flat, parts = kernel.view(len(kernel), -1), products.view(len(products), 1, -1)
        columns = slice(0, flat.shape[1])
        self.transform.synthesise(parts, flat, columns, [0], len(kernel), True)


def _product(left: Tensor, right: Tensor) -> Tensor:
    result = pool.empty((len(left), left.shape[1], right.shape[2]), left)
    return torch.bmm(left, right, out=result)


@torch.library.custom_op("polychrony::delayed_linear", mutates_args=())
def _forward(x: Tensor, kernel: Tensor, keep: bool) -> tuple[Tensor, Tensor, Tensor]:
    x, kernel = x.contiguous(), kernel.contiguous()
    cut = _Cut(x, Sizes.of(x, kernel))
    y = pool.empty((*x.shape[:2], kernel.shape[1]), x)
    spectrum, weights = x.new_empty(0), cut.kernel_spectrum(kernel)
    for group in cut.groups:
        spectrum = cut.spectrum(x, group, cut.plan.segment)
        cut.back(_product(spectrum, weights.transpose(1, 2)), y, group, cut.reach)
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
    n_steps, batch, n_out = grad.shape
    n_in = left.shape[2]
    cut = _Cut(grad, Sizes(n_steps, batch, n_in, n_out, taps))
    grad_x = pool.empty((*grad.shape[:2], n_in) if for_x else (0,), grad)
    grad_kernel = pool.empty((taps, n_out, n_in) if for_kernel else (0,), grad)
    weights = right if kept or not for_x else cut.kernel_spectrum(right)
    total: Tensor | None = None
    for group in cut.groups:
        # A segment's results reach beyond it, so that is what comes back to it.
        upstream = cut.spectrum(grad, group, cut.reach, reverse=True)
        if for_x:
            cut.back(_product(upstream, weights), grad_x, group, cut.plan.segment, reverse=True)
        if for_kernel:
            spectrum = left if kept else cut.spectrum(left, group, cut.plan.segment)
            turned = upstream.transpose(1, 2)
            total = (
                _product(turned, spectrum) if total is None else total.baddbmm_(turned, spectrum)
            )
    if total is not None:
        cut.kernel_back(total, grad_kernel)
    elif for_kernel:
        grad_kernel.zero_()
    return grad_x, grad_kernel


@_forward.register_fake
def _(x: Tensor, kernel: Tensor, keep: bool) -> tuple[Tensor, Tensor, Tensor]:
    y = x.new_empty((*x.shape[:2], kernel.shape[1]))
    if not keep:
        return y, x.new_empty(0), x.new_empty(0)
    cut = _Cut(x, Sizes.of(x, kernel))
    rows, parts = n_rows(cut.plan.length), len(cut.starts)
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
    """Whether the spectra of both are of one group, and small enough to keep."""
    cut = _Cut(x, Sizes.of(x, kernel))
    columns = len(cut.starts) * x[0].numel() + kernel[0].numel()
    size = n_rows(cut.plan.length) * columns * x.dtype.itemsize
    return cut.plan.samples >= x.shape[1] and size <= _KEPT_BYTES


def delayed_linear(x: Tensor, kernel: Tensor) -> Tensor:
    """Causal convolution over time, equal to `reference.delayed_linear`.

    Args:
        x: input, [T, B, N_in].
        kernel: weight of each delay, [K, N_out, N_in].

    Returns:
        [T, B, N_out].
    """
    if 0 in x.shape:
        return reference.delayed_linear(x, kernel)
    longest = len(x)  # no later delay is ever seen
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
