"""The eligibility of every single synapse, filtered once more as a leaky readout filters."""

from __future__ import annotations

import torch
from torch import Tensor

from polychrony.snn.kernels.compiled import blocks
from polychrony.snn.kernels.compiled import filtered as loops
from polychrony.snn.kernels.threads import share_threads
from polychrony.snn.kernels.traces import compiles


def reference(
    signal: Tensor, slope: Tensor, trace: Tensor, eligibility: Tensor, kappa: float
) -> tuple[Tensor, Tensor]:
    """The definition, in plain torch; see `filtered_gradient` for arguments and returns."""
    total = torch.zeros_like(eligibility[0])
    for m, psi, q in zip(signal, slope, trace, strict=True):
        eligibility = kappa * eligibility + psi.unsqueeze(2) * q.unsqueeze(1)
        total = total + (m.unsqueeze(2) * eligibility).sum(0)
    return total, eligibility


@torch.no_grad()
def filtered_gradient(
    signal: Tensor,
    slope: Tensor,
    trace: Tensor,
    eligibility: Tensor,
    kappa: float,
    backend: str = "auto",
) -> tuple[Tensor, Tensor]:
    """Sum over time of a signal times filtered eligibilities.

    e[t] = kappa * e[t-1] + slope_i[t] * trace_j[t];  total = sum over t and samples of m_i[t] e[t]

    Args:
        signal: m, [T, B, N_out].
        slope: surrogate derivatives, [T, B, N_out].
        trace: presynaptic traces, [T, B, N_in].
        eligibility: e before the first step, [B, N_out, N_in].
        kappa: factor of e per step.
        backend: `"reference"`, `"cpu"` (compiled), or `"auto"`: compiled where it can run.

    Returns:
        The total [N_out, N_in], and e after the last step.

    Raises:
        SnnError: the backend is unknown, or cannot run here.
    """
    if not compiles(backend, signal):
        return reference(signal, slope, trace, eligibility, kappa)
    total, after = torch.zeros_like(eligibility[0]), eligibility.clone()
    share_threads()
    loops.gradient(
        signal.contiguous().numpy(),
        slope.contiguous().numpy(),
        trace.contiguous().numpy(),
        after.numpy(),
        blocks.number(kappa, signal.dtype),
        total.numpy(),
    )
    return total, after
