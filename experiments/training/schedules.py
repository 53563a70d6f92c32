"""Learning rates over a run, by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from torch.optim import Optimizer
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    OneCycleLR,
)

WARM_UP, DECAY = 0.05, 0.1
"""Parts of a run in which `"wsd"` rises and falls. Hu et al. find a tenth enough to fall in; the
part to rise in is ours."""


def schedule(
    name: str, optimizer: Optimizer, peak: float | Sequence[float], steps: int
) -> LRScheduler:
    """Learning rate of every step of a run.

    With the peak p, the step t = 0, 1, ..., T - 1 and z = t / T:

    `"cosine"`:     p (1 + cos(pi z)) / 2
    `"linear"`:     p (1 - z)
    `"rex"`:        p (1 - z) / (1/2 + (1 - z) / 2)
    `"wsd"`:        p (t + 1) / W for t < W; p up to T - D; then p (T - t) / D
    `"one-cycle"`:  from p / 25 up to p at 0.3 (T - 1), then down to p / 250,000, by half cosines

    Args:
        name: one of those above.
        optimizer: what moves by these rates; its own become the peaks.
        peak: largest learning rate, one for all groups of parameters or one for each.
        steps: steps T of the run.

    Returns:
        The schedule; call its `step` after each step of the optimiser.

    Reference:
        cosine: Loshchilov and Hutter, "SGDR", ICLR 2017, equation 5, one period and down to 0.
        one-cycle: Smith and Topin, arXiv:1708.07120, as torch has it, momentum cycled as well.
        rex: Chen, Wolfe and Kyrillidis, "REX: Revisiting Budgeted Training with an Improved
        Schedule", MLSys 2022, arXiv:2107.04197; linear: the budgeted schedule that it compares
        with. wsd: warm-up, stable, decay of Hu et al., "MiniCPM", arXiv:2404.06395, whose decay is
        any falling function, there exponential; here it is linear, and the first step already
        moves.
    """
    peaks = [peak] * len(optimizer.param_groups) if isinstance(peak, float) else list(peak)
    if name == "one-cycle":
        return OneCycleLR(optimizer, peaks, total_steps=steps)
    for group, lr in zip(optimizer.param_groups, peaks, strict=True):
        group["lr"] = lr
    if name == "cosine":
        return CosineAnnealingLR(optimizer, T_max=steps)
    if name == "linear":
        return LinearLR(optimizer, start_factor=1.0, end_factor=0.0, total_iters=steps)
    return LambdaLR(optimizer, _FACTORS[name](steps))


def _rex(steps: int) -> Callable[[int], float]:
    def factor(step: int) -> float:
        left = max(0.0, 1 - step / steps)
        return left / (0.5 + 0.5 * left)

    return factor


def _wsd(steps: int) -> Callable[[int], float]:
    rise, fall = (math.ceil(part * steps) for part in (WARM_UP, DECAY))

    def factor(step: int) -> float:
        return min(1.0, (step + 1) / rise, max(0, steps - step) / fall)

    return factor


_FACTORS = {"rex": _rex, "wsd": _wsd}
