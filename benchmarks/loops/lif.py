"""The loop as a differentiable function of tensors."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Empty = Callable[[str, Tensor], Tensor]


def _fresh(name: str, like: Tensor) -> Tensor:
    return torch.empty_like(like)


def _reusing() -> Empty:
    """Memory that is handed out again and again, one piece per name."""
    kept: dict[str, Tensor] = {}

    def empty(name: str, like: Tensor) -> Tensor:
        if name not in kept or kept[name].shape != like.shape:
            kept[name] = torch.empty_like(like)
        return kept[name].view(like.shape)

    return empty


def _pointer(values: Tensor) -> ctypes.c_void_p:
    return ctypes.c_void_p(values.data_ptr())


class _Loop(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, library: ctypes.CDLL, decay: float, alpha: float, empty: Empty
    ) -> Tensor:
        spikes, potential = empty("spikes", x), empty("potential", x)
        ctx.sizes = (
            ctypes.c_long(len(x)),
            ctypes.c_long(x[0].numel()),
            ctypes.c_float(decay),
            ctypes.c_float(1.0),
        )
        threads = ctypes.c_int(torch.get_num_threads())
        pointers = [_pointer(values) for values in (x, spikes, potential)]
        library.lif_forward(*pointers, *ctx.sizes, threads)
        ctx.save_for_backward(spikes, potential)
        ctx.options = library, alpha, empty
        return spikes

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None, None]:
        spikes, potential = ctx.saved_tensors
        library, alpha, empty = ctx.options
        grad = grad.contiguous()
        grad_x = empty("gradient", grad)
        threads = ctypes.c_int(torch.get_num_threads())
        pointers = [_pointer(values) for values in (grad, spikes, potential, grad_x)]
        library.lif_backward(*pointers, *ctx.sizes, ctypes.c_float(alpha), threads)
        return grad_x, None, None, None, None


def loop_lif(
    library: ctypes.CDLL, decay: float, alpha: float = 2.0, reuse: bool = False
) -> Callable[[Tensor], Tensor]:
    """LIF neurons, v_threshold 1, v_reset 0, as a function of contiguous float32 [T, B, N].

    Args:
        library: the compiled loop.
        decay: factor of the potential per step.
        alpha: steepness of the arctangent surrogate, 1/V.
        reuse: write results into the memory of the call before; only one may be in use then.

    Returns:
        A function from input to spikes, differentiable once.
    """
    empty = _reusing() if reuse else _fresh

    def run(x: Tensor) -> Tensor:
        return _Loop.apply(x, library, decay, alpha, empty)

    return run
