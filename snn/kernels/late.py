"""Values that arrive in later steps than they were sent, each by a number of steps of its own."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from polychrony.snn.kernels import pool
from polychrony.snn.kernels.compiled import late as loops
from polychrony.snn.kernels.compiled.blocks import columns
from polychrony.snn.kernels.functional import differentiable, each_of_batch
from polychrony.snn.kernels.threads import share_threads


def reference(x: Tensor, late: Tensor, longest: int) -> Tensor:
    """The definition, in plain torch; see `move_late` for arguments and returns."""
    around = (0, 0) * (x.dim() - 1)
    y = x.new_zeros((len(x) + longest, *x.shape[1:]))
    for k in range(longest + 1):
        y = y + functional.pad(x * (late == k), (*around, k, longest - k))
    return y


@torch.library.custom_op("polychrony::move_late", mutates_args=())
def _move(x: Tensor, late: Tensor, longest: int, back: bool) -> Tensor:
    n_steps = len(late) if back else len(late) + longest
    out = pool.empty((n_steps, *x.shape[1:]), x)
    share_threads()
    loop = loops.backward if back else loops.forward
    loop(columns(x.contiguous()), columns(late.contiguous()), longest, columns(out))
    return out


@_move.register_fake
def _(x: Tensor, late: Tensor, longest: int, back: bool) -> Tensor:
    return x.new_empty((len(late) if back else len(late) + longest, *x.shape[1:]))


def _keep(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    _, late, ctx.longest, ctx.back = inputs
    ctx.save_for_backward(late)


def _pull_back(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
    return _run(grad, ctx.saved_tensors[0], ctx.longest, not ctx.back), None, None, None


_move.register_vmap(each_of_batch(_move))
_move.register_autograd(_pull_back, setup_context=_keep)
_run = differentiable(_move, _keep, _pull_back)


def move_late(x: Tensor, late: Tensor, longest: int, backend: str = "auto") -> Tensor:
    """y[t + late[t]] += x[t], for every neuron of every sample.

    Args:
        x: values, [T, B, ...].
        late: steps by which each is late, int16, of the shape of `x`, from 0; what is above
            `longest` is lost.
        longest: steps by which a value can be late.
        backend: `"reference"` for the definition; anything else takes compiled loops where the
            input is float32 or float64 on the CPU.

    Returns:
        [T + longest, B, ...].
    """
    compiled = x.device.type == "cpu" and x.dtype in (torch.float32, torch.float64)
    if backend == "reference" or not compiled:
        return reference(x, late, longest)
    y: Tensor = _run(x, late, longest, False)
    return y
