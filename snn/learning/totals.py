"""Gradients that add up over time before they reach the parameters."""

from __future__ import annotations

import torch
from torch import Tensor


def give(pairs: list[tuple[Tensor, Tensor]]) -> None:
    """Add gradients at computed weights to the `.grad` of the parameters behind them."""
    wanted = [(source, total.to(source.dtype)) for source, total in pairs if source.requires_grad]
    if wanted:
        torch.autograd.backward([s for s, _ in wanted], [t for _, t in wanted])


def wide(dtype: torch.dtype) -> torch.dtype:
    """At least single precision, in which states and totals add up."""
    return torch.promote_types(dtype, torch.float32)
