"""Narrowing the delay kernels while the network learns."""

from __future__ import annotations

from torch import nn

from polychrony.snn.delays.base import Delayed
from polychrony.snn.errors import SnnError

_FLOOR = {"gauss": 0.27, "triangle": 1.0}


class SigmaAnnealing:
    """Callback that shrinks the width of every delay kernel epoch by epoch.

        sigma(e) = f + (sigma_0 - f) * ((end - f) / (sigma_0 - f))^(min(e, E) / E)

    with sigma_0 the width at construction and f = 0.27 steps (gauss) or 1 (triangle). Wide kernels
    let distant delays feel a gradient; narrow ones make the network what it will be after
    `discretize`. Discrete and linear-kernel layers are left alone.

    Args:
        network: module whose delayed layers are annealed.
        epochs: epochs E after which the width stays.
        end: final width, steps; by default 0.5 (gauss) or 1.23 (triangle).

    Raises:
        SnnError: `epochs` is below 1, or `end` is not above the kernel's floor.

    Reference:
        Hammouamri et al., ICLR 2024: the raw parameter sigma - f falls geometrically to 0.23.
    """

    def __init__(self, network: nn.Module, epochs: int, end: float | None = None) -> None:
        if epochs < 1:
            raise SnnError(f"SigmaAnnealing: epochs is {epochs}, at least 1 is needed")
        self.epochs = epochs
        self.layers: list[tuple[Delayed, float, float, float]] = []
        for layer in network.modules():
            if isinstance(layer, Delayed) and not layer.is_discrete and layer.kernel in _FLOOR:
                floor = _FLOOR[layer.kernel]
                start, goal = float(layer.sigma), floor + 0.23 if end is None else end
                if not goal > floor:
                    raise SnnError(f"SigmaAnnealing: end is {goal} steps, it must exceed {floor}")
                self.layers.append((layer, floor, start, min(goal, start)))

    def on_epoch_end(self, epoch: int) -> None:
        """Set the widths for the epoch after `epoch`, counted from 0."""
        share = min(epoch + 1, self.epochs) / self.epochs
        for layer, floor, start, goal in self.layers:
            ratio = (goal - floor) / (start - floor) if start > floor else 1.0
            layer.sigma.fill_(floor + (start - floor) * ratio**share)
