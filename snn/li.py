"""Leaky integrators, the readout of a spiking network."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from polychrony.snn import kernels
from polychrony.snn.checks import check_sequence, check_state, decay_factor


class LIState(NamedTuple):
    """What an LI layer carries from one step to the next."""

    v: Tensor
    """Membrane potential, V, [B, ...]."""


class LI(nn.Module):
    """Leaky integrators that never fire: v[t] = decay * v[t-1] + x[t], v[-1] = 0.

    Args:
        tau_mem: membrane time constant, s, scalar or one per neuron.
        dt: duration of a step, s.
        discretization: `"exact"` for decay = exp(-dt / tau_mem), `"euler"` for 1 - dt / tau_mem.
        backend: kernel to run; see `polychrony.snn.kernels`.

    Raises:
        SnnError: an argument is out of its range.
    """

    decay: Tensor

    def __init__(
        self,
        tau_mem: float | Tensor,
        dt: float,
        discretization: Literal["exact", "euler"] = "exact",
        backend: str = "auto",
    ) -> None:
        super().__init__()
        self.dt = dt
        self.discretization = discretization
        self.backend = backend
        decay = decay_factor(tau_mem, dt, discretization).to(torch.get_default_dtype())
        self.register_buffer("decay", decay, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Potentials of a sequence that starts at rest.

        Args:
            x: input, V, [T, B, ...].

        Returns:
            Membrane potential of every step, V, shape and dtype of `x`.
        """
        return self.forward_with_state(x)[0]

    def forward_with_state(self, x: Tensor, state: LIState | None = None) -> tuple[Tensor, LIState]:
        """Potentials of a sequence that goes on from `state`.

        Args:
            x: input, V, [T, B, ...].
            state: what an earlier call returned; None starts at rest.

        Returns:
            Membrane potential of every step, and the state after the last one.

        Raises:
            SnnError: the input or the state has a wrong shape, dtype or device.
        """
        check_sequence(x, "LI")
        if state is None:
            state = LIState(x.new_zeros(x.shape[1:]))
        check_state(state.v, tuple(x.shape[1:]), x, "LI")
        trace, v = kernels.li(x, state.v, self.decay.to(x.dtype), self.backend)
        return trace, LIState(v)

    def extra_repr(self) -> str:
        """Parameters shown by print."""
        return f"decay={self.decay.mean().item():.4g}, dt={self.dt}"
