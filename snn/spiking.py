"""What all spiking neurons share: threshold, reset, surrogate, and how they are called."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from polychrony.snn.checks import check_sequence, check_state
from polychrony.snn.errors import SnnError
from polychrony.snn.surrogate import ATan, Surrogate


class SpikingNeurons(nn.Module):
    """Base of neurons that fire at a threshold and are reset.

    Args:
        dt: duration of a step, s.
        v_threshold: firing threshold, V, above 0.
        v_reset: potential after a spike, V; None for soft reset.
        surrogate: step function with a surrogate derivative; `ATan()` by default.
        detach_reset: let no gradient pass through the reset.
        backend: kernel to run; see `polychrony.snn.kernels`.

    Raises:
        SnnError: an argument is out of its range.
    """

    def __init__(
        self,
        dt: float,
        v_threshold: float,
        v_reset: float | None,
        surrogate: Surrogate | None,
        detach_reset: bool,
        backend: str,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        if not v_threshold > 0:
            raise SnnError(f"{name}: v_threshold is {v_threshold} V, it must be above 0")
        if v_reset is not None and not v_reset < v_threshold:
            raise SnnError(f"{name}: v_reset is {v_reset} V, it must be below v_threshold")
        self.dt = dt
        self.v_threshold = v_threshold
        self.v_reset = v_reset
        self.surrogate = ATan() if surrogate is None else surrogate
        self.detach_reset = detach_reset
        self.backend = backend

    def forward(self, x: Tensor) -> Tensor:
        """Spikes of a sequence that starts at rest.

        Args:
            x: input, V, [T, B, ...].

        Returns:
            Spikes, 0 or 1, shape and dtype of `x`.
        """
        spikes: Tensor = self.forward_with_state(x)[0]
        return spikes

    def forward_with_state(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Spikes of a sequence that goes on from `state`; each neuron defines its own."""
        raise NotImplementedError

    def _start(self, x: Tensor, state: Any, kind: Any) -> Any:
        """The state to go on from: that given, once checked, or rest."""
        name = type(self).__name__
        check_sequence(x, name)
        if state is None:
            return kind(*(x.new_zeros(x.shape[1:]) for _ in kind._fields))
        for part in state:
            check_state(part, tuple(x.shape[1:]), x, name)
        return state

    def _options(self) -> tuple[float | None, Surrogate, bool, str]:
        return self.v_reset, self.surrogate, self.detach_reset, self.backend

    def extra_repr(self) -> str:
        """Parameters shown by print."""
        return f"v_threshold={self.v_threshold}, v_reset={self.v_reset}, dt={self.dt}"


def held(values: Tensor, low: float, high: float) -> Tensor:
    """Values clamped to a range, with a gradient that is not: what left the range can return."""
    return values + (values.clamp(low, high) - values).detach()


def uniform(shape: tuple[int, ...], low: float, high: float) -> nn.Parameter:
    """A parameter drawn uniformly."""
    return nn.Parameter(torch.empty(shape).uniform_(low, high))
