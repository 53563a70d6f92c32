"""Products of spikes with weights, that skip what is 0 where little else is there."""

from __future__ import annotations

import torch
from torch import Tensor

from polychrony.snn.kernels.compiled import spikes as loops
from polychrony.snn.kernels.threads import share_threads

FEW_ROWS = 64
"""Rows below which a matrix product is as quick."""
DENSE = 0.2
"""Share of values that are not 0 above which a matrix product is quicker, as measured."""


def are_few(x: Tensor, like: Tensor) -> bool:
    """Whether `add_products` with these spikes is quicker than a matrix product.

    Args:
        x: spikes or values, [..., N].
        like: the weights they meet.
    """
    able = x.device.type == "cpu" and x.dtype == like.dtype
    if (
        not able
        or x.dtype not in (torch.float32, torch.float64)
        or torch.is_autocast_enabled("cpu")
    ):
        return False
    if x.numel() < FEW_ROWS * x.shape[-1]:
        return False
    found: int = loops.count(x.detach().contiguous().view(-1).numpy())
    return found < DENSE * x.numel()


def reference(x: Tensor, rows: Tensor, total: Tensor) -> None:
    """The definition, in plain torch; see `add_products` for arguments."""
    total += x @ rows


@torch.no_grad()
def add_products(x: Tensor, rows: Tensor, total: Tensor) -> None:
    """Add x @ rows to `total`, in place, without what is 0 in x; compiled, on the CPU.

    Args:
        x: [R, J], float32 or float64, as the others.
        rows: [J, M].
        total: [R, M], contiguous.
    """
    share_threads(x.numel() + rows.numel())
    loops.gather(x.contiguous().numpy(), rows.contiguous().numpy(), total.numpy())
