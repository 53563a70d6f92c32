"""Neurons on the GPU in one Triton kernel over time, forward and backward.

Beside the output, the forward pass writes each neuron's distance to threshold, from which the
backward pass works out what it needs; `li` keeps its potentials if it learns, else nothing. In half
precision the state is single inside a kernel.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from types import ModuleType

import torch
from torch import Tensor

DTYPES = (torch.float32, torch.bfloat16, torch.float16)
_MODELS = ("lif", "li", "cuba_lif", "adlif")
_BLOCK = 128  # columns of a program: one per thread of four warps
# A product that is not rounded before it is added would tip neurons that the definition does not.
_ROUNDING = {"enable_fp_fusion": False}


def _kernels(model: str) -> ModuleType:
    """Kernels of a model; Triton is imported where it is first needed, not with the package."""
    if model not in _MODELS:
        raise ValueError(f"there is no model {model!r}")
    return importlib.import_module(f"{__name__}.{model}")


def _grid(size: int) -> tuple[int]:
    return (max(1, -(-size // _BLOCK)),)


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
    out, after = torch.empty_like(x), torch.empty_like(state)
    kept = x.new_empty(kept_shape(model, tuple(x.shape), learn))
    size = x[0].numel() if len(x) else state[0].numel()
    _kernels(model).forward[_grid(size)](
        x,
        state,
        parameters.contiguous(),
        out,
        after,
        kept,
        len(x),
        size,
        x.shape[2],
        v_reset,
        SOFT=soft,
        LEARN=learn,
        BLOCK=_BLOCK,
        **_ROUNDING,
    )
    return out, after, kept


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
    """Gradients of `forward`; `kept` is what it kept."""
    grad_x = torch.empty_like(grad)
    flow = grad_state.clone(memory_format=torch.contiguous_format)
    n_samples, n_neurons = grad.shape[1:]
    rows = len(parameters) if learn else 0
    grads = torch.empty((rows, n_samples, n_neurons), dtype=torch.float32, device=grad.device)
    size = n_samples * n_neurons
    _kernels(model).backward[_grid(size)](
        grad,
        flow,
        kept,
        state,
        parameters.contiguous(),
        grad_x,
        grads,
        len(grad),
        size,
        n_neurons,
        v_reset,
        a,
        b,
        SOFT=soft,
        DETACH=detach,
        KIND=kind,
        LEARN=learn,
        BLOCK=_BLOCK,
        **_ROUNDING,
    )
    return grad_x, flow, grads.sum(1).to(parameters.dtype) if learn else grad.new_empty(0)


def _is_interpreted() -> bool:
    return os.environ.get("TRITON_INTERPRET") == "1"


def obstacle(x: Tensor) -> str | None:
    """Why this backend cannot run on an input, or None if it can."""
    if importlib.util.find_spec("triton") is None:
        return "triton is not installed; `pip install triton` on Linux"
    if x.device.type != "cuda" and not (x.device.type == "cpu" and _is_interpreted()):
        return f"the input is on {x.device}, not on a CUDA device"
    if x.dtype not in DTYPES:
        return f"the input is {x.dtype}; it takes float32, bfloat16 and float16"
    return None


def keeps_input(model: str, learn: bool) -> bool:
    """Whether the backward pass of a model reads its input: never."""
    return False


def kept_shape(model: str, shape: tuple[int, ...], learn: bool) -> tuple[int, ...]:
    """Shape of what `forward` keeps."""
    return (0,) if model == "li" and not learn else shape
