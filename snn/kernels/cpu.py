"""Neurons on the CPU in one compiled pass over time, forward and backward.

Nothing is kept for the backward pass but the input and, once in many steps, the state: it computes
the potentials once more; see `polychrony.snn.kernels.compiled.blocks`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor

from polychrony.snn.kernels import pool
from polychrony.snn.kernels.compiled import adlif, blocks, cuba_lif, li, lif
from polychrony.snn.kernels.threads import share_threads

MODELS = {"lif": lif, "li": li, "cuba_lif": cuba_lif, "adlif": adlif}
DTYPES = (torch.float32, torch.float64)
_N_STATES = {"lif": 1, "li": 1, "cuba_lif": 2, "adlif": 2}


def forward(
    model: str,
    x: Tensor,
    state: Tensor,
    parameters: Tensor,
    v_reset: float,
    soft: bool,
    learn: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """All steps of a model; see `polychrony.snn.kernels.operator` for arguments and returns."""
    out = pool.empty(tuple(x.shape), x)
    marks = x.new_empty(kept_shape(model, tuple(x.shape), learn))
    after = state.clone(memory_format=torch.contiguous_format)
    share_threads(x.numel())
    MODELS[model].forward(
        blocks.columns(x.contiguous()),
        blocks.columns(after),
        blocks.per_column(parameters, x.shape[1]),
        blocks.number(v_reset, x.dtype),
        soft,
        blocks.columns(out),
        _marks(marks),
    )
    return out, after, marks


def backward(
    model: str,
    grad: Tensor,
    grad_state: Tensor,
    x: Tensor,
    kept: Tensor,
    state: Tensor,
    parameters: Tensor,
    learn: bool,
    v_reset: float,
    soft: bool,
    detach: bool,
    kind: int,
    a: float,
    b: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of `forward`; see `polychrony.snn.kernels.operator`."""
    grad_x = pool.empty(tuple(grad.shape), grad)
    flow = grad_state.clone(memory_format=torch.contiguous_format)
    n_parameters, n_samples, n_neurons = len(parameters), *grad.shape[1:]
    grads = grad.new_zeros((n_parameters if learn else 0, n_samples, n_neurons))
    loops = MODELS[model]
    share_threads()
    scratch = blocks.scratch(grad, n_samples * n_neurons, loops.HISTORIES, loops.ROWS)
    loops.backward(
        blocks.columns(grad.contiguous()),
        blocks.columns(flow),
        blocks.columns((x if len(x) else grad).contiguous()),
        _marks(kept),
        blocks.per_column(parameters, n_samples),
        learn,
        blocks.number(v_reset, grad.dtype),
        soft,
        detach,
        kind,
        blocks.number(a, grad.dtype),
        blocks.number(b, grad.dtype),
        blocks.columns(grad_x),
        blocks.columns(grads),
        scratch,
    )
    return grad_x, flow, grads.sum(1) if learn else grad.new_empty(0)


def obstacle(x: Tensor) -> str | None:
    """Why this backend cannot run on an input, or None if it can."""
    if x.device.type != "cpu":
        return f"the input is on {x.device}"
    if x.dtype not in (*DTYPES, torch.bfloat16, torch.float16):
        return f"the input is {x.dtype}; it takes float32, float64, and half precision"
    return None


def keeps_input(model: str, learn: bool) -> bool:
    """Whether the backward pass of a model reads its input."""
    return learn or model != "li"


def kept_shape(model: str, shape: tuple[int, ...], learn: bool) -> tuple[int, ...]:
    """Shape of what `forward` keeps beside its input: the states at the marks."""
    if not keeps_input(model, learn):
        return (0, 1, *shape[1:])
    return (blocks.n_marks(shape[0]), _N_STATES[model], *shape[1:])


def _marks(kept: Tensor) -> npt.NDArray[Any]:
    """[marks, states, B, N] as an array [marks, states, B * N]."""
    return kept.view(*kept.shape[:2], math.prod(kept.shape[2:])).numpy()
