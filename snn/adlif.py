"""Adaptive leaky integrate-and-fire neurons."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from polychrony.snn import kernels
from polychrony.snn.checks import decay_factor
from polychrony.snn.errors import SnnError
from polychrony.snn.spiking import SpikingNeurons, held, uniform
from polychrony.snn.surrogate import Surrogate

Range = tuple[float, float]


class AdLIFState(NamedTuple):
    """What an AdLIF layer carries from one step to the next."""

    v: Tensor
    """Membrane potential after reset, V, [B, N]."""
    w: Tensor
    """Adaptation, V, [B, N]."""


class AdLIF(SpikingNeurons):
    """Adaptive leaky integrate-and-fire neurons, each with parameters of its own that learn.

        h[t] = decay_mem * v[t-1] + (1 - decay_mem) * (x[t] - w[t-1])
        s[t] = (h[t] >= v_threshold)
        v[t] = v_reset where s[t] else h[t]         (hard reset)
        v[t] = h[t] - v_threshold * s[t]            (soft reset)
        w[t] = decay_adapt * w[t-1] + (1 - decay_adapt) * q * (a * v[t] + b * s[t])

    A decay is exp(-dt / tau). `a` couples the potential back below threshold, which lets a neuron
    resonate; `b` adds to the adaptation with each spike. The adaptation uses the new potential
    (symplectic Euler), which keeps the discrete neuron as stable as the continuous one. Every
    forward starts at rest, v[-1] = w[-1] = 0.

    Args:
        features: number of neurons N.
        dt: duration of a step, s.
        tau_mem: range of the membrane time constants, s.
        tau_adapt: range of the adaptation's time constants, s.
        a: range of the adaptation by potential.
        b: range of the adaptation by spikes.
        q: factor of both.
        v_threshold: firing threshold, V, above 0.
        v_reset: potential after a spike, V; None for soft reset.
        surrogate: step function with a surrogate derivative; `ATan()` by default.
        detach_reset: let no gradient pass through the reset.
        learn: whether the four parameters receive gradients.
        backend: kernel to run; see `polychrony.snn.kernels`.

    Parameters are drawn uniformly from their ranges and used clamped to them; the gradient of one
    outside still acts, so that it can return.

    Raises:
        SnnError: an argument is out of its range.

    Reference:
        Baronig et al., "Advancing spatio-temporal processing through adaptation in spiking neural
        networks", 2024, equations 6a and 6b, and the ranges of its experiments.
    """

    def __init__(
        self,
        features: int,
        dt: float,
        tau_mem: Range = (5e-3, 25e-3),
        tau_adapt: Range = (60e-3, 300e-3),
        a: Range = (0.0, 1.0),
        b: Range = (0.0, 2.0),
        q: float = 120.0,
        v_threshold: float = 1.0,
        v_reset: float | None = 0.0,
        surrogate: Surrogate | None = None,
        detach_reset: bool = True,
        learn: bool = True,
        backend: str = "auto",
    ) -> None:
        super().__init__(dt, v_threshold, v_reset, surrogate, detach_reset, backend)
        if features < 1:
            raise SnnError(f"AdLIF: features is {features}, at least 1 is needed")
        self.features = features
        self.q = q
        self.ranges = {"tau_mem": tau_mem, "tau_adapt": tau_adapt, "a": a, "b": b}
        for name, (low, high) in self.ranges.items():
            if not low <= high:
                raise SnnError(f"AdLIF: the range of {name} is {low} to {high}; give (low, high)")
        for tau in (tau_mem[0], tau_adapt[0]):
            decay_factor(tau, dt, "exact")  # raises where it does not fit
        for name, (low, high) in self.ranges.items():
            parameter = uniform((features,), low, high)
            parameter.requires_grad = learn
            self.register_parameter(name, parameter)

    def _held(self, name: str, dtype: torch.dtype) -> Tensor:
        parameter: Tensor = getattr(self, name)
        return held(parameter, *self.ranges[name]).to(dtype)

    @torch.no_grad()
    def clamp_parameters(self) -> None:
        """Bring parameters that an optimiser moved outside back into their ranges, in place."""
        for name, (low, high) in self.ranges.items():
            self.get_parameter(name).clamp_(low, high)

    def forward_with_state(
        self, x: Tensor, state: AdLIFState | None = None
    ) -> tuple[Tensor, AdLIFState]:
        """Spikes of a sequence that goes on from `state`.

        Args:
            x: input, V, [T, B, N].
            state: what an earlier call returned; None starts at rest.

        Returns:
            Spikes, and the state after the last step.

        Raises:
            SnnError: the input or the state has a wrong shape, dtype or device.
        """
        before: AdLIFState = self._start(x, state, AdLIFState)
        if x.shape[-1] != self.features:
            raise SnnError(
                f"AdLIF: input has shape {tuple(x.shape)}, expected [T, B, {self.features}]"
            )
        spikes, v, w = kernels.adlif(
            x,
            before.v,
            before.w,
            torch.exp(-self.dt / self._held("tau_mem", x.dtype)),
            torch.exp(-self.dt / self._held("tau_adapt", x.dtype)),
            self.q * self._held("a", x.dtype),
            self.q * self._held("b", x.dtype),
            x.new_tensor(self.v_threshold),
            *self._options(),
        )
        return spikes, AdLIFState(v, w)

    def extra_repr(self) -> str:
        """Parameters shown by print."""
        return f"{self.features}, q={self.q}, {super().extra_repr()}"
