"""Leaky integrate-and-fire neurons with a synaptic current."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from polychrony.snn import kernels
from polychrony.snn.checks import decay_factor
from polychrony.snn.spiking import SpikingNeurons, held
from polychrony.snn.surrogate import Surrogate


class CubaLIFState(NamedTuple):
    """What a CubaLIF layer carries from one step to the next."""

    i: Tensor
    """Synaptic current, as its effect on the potential per step, V, [B, ...]."""
    v: Tensor
    """Membrane potential after reset, V, [B, ...]."""


class CubaLIF(SpikingNeurons):
    """Current-based leaky integrate-and-fire neurons over a whole sequence.

        i[t] = decay_syn * i[t-1] + x[t]
        h[t] = decay_mem * v[t-1] + i[t]
        s[t] = (h[t] >= v_threshold)
        v[t] = v_reset where s[t] else h[t]         (hard reset)
        v[t] = h[t] - v_threshold * s[t]            (soft reset)

    A decay is exp(-dt / tau) (`"exact"`) or 1 - dt / tau (`"euler"`). The current is not reset.
    Every forward starts at rest, i[-1] = v[-1] = 0.

    Args:
        tau_syn: time constant of the synaptic current, s, scalar or one per neuron.
        tau_mem: membrane time constant, s, scalar or one per neuron.
        dt: duration of a step, s.
        v_threshold: firing threshold, V, above 0.
        v_reset: potential after a spike, V; None for soft reset.
        surrogate: step function with a surrogate derivative; `ATan()` by default.
        detach_reset: let no gradient pass through the reset.
        discretization: `"exact"` or `"euler"`.
        learn_tau: whether both time constants receive gradients; give one per neuron to learn one
            per neuron. They are used as at least `dt`; below it their gradient still acts.
        backend: kernel to run; see `polychrony.snn.kernels`.

    Raises:
        SnnError: an argument is out of its range.

    Reference:
        The neuron of Davies et al., "Loihi", IEEE Micro 38(1), 2018, with factors per step in place
        of that chip's integer arithmetic.
    """

    tau_syn: Tensor
    tau_mem: Tensor

    def __init__(
        self,
        tau_syn: float | Tensor,
        tau_mem: float | Tensor,
        dt: float,
        v_threshold: float = 1.0,
        v_reset: float | None = 0.0,
        surrogate: Surrogate | None = None,
        detach_reset: bool = True,
        discretization: Literal["exact", "euler"] = "exact",
        learn_tau: bool = False,
        backend: str = "auto",
    ) -> None:
        super().__init__(dt, v_threshold, v_reset, surrogate, detach_reset, backend)
        self.discretization = discretization
        for name, tau in (("tau_syn", tau_syn), ("tau_mem", tau_mem)):
            decay_factor(tau, dt, discretization)  # raises where it does not fit
            value = torch.as_tensor(tau, dtype=torch.get_default_dtype()).clone()
            if learn_tau:
                self.register_parameter(name, nn.Parameter(value))
            else:
                self.register_buffer(name, value, persistent=False)

    def _decay(self, tau: Tensor) -> Tensor:
        learned = isinstance(tau, nn.Parameter)
        ratio = self.dt / (held(tau, self.dt, float("inf")) if learned else tau)
        return torch.exp(-ratio) if self.discretization == "exact" else 1 - ratio

    @property
    def decay_syn(self) -> Tensor:
        """Factor of the synaptic current per step."""
        return self._decay(self.tau_syn)

    @property
    def decay_mem(self) -> Tensor:
        """Factor of the potential per step."""
        return self._decay(self.tau_mem)

    def forward_with_state(
        self, x: Tensor, state: CubaLIFState | None = None
    ) -> tuple[Tensor, CubaLIFState]:
        """Spikes of a sequence that goes on from `state`.

        Args:
            x: input, V, [T, B, ...].
            state: what an earlier call returned; None starts at rest.

        Returns:
            Spikes, and the state after the last step.

        Raises:
            SnnError: the input or the state has a wrong shape, dtype or device.
        """
        before: CubaLIFState = self._start(x, state, CubaLIFState)
        spikes, i, v = kernels.cuba_lif(
            x,
            before.i,
            before.v,
            self.decay_syn.to(x.dtype),
            self.decay_mem.to(x.dtype),
            x.new_tensor(self.v_threshold),
            *self._options(),
        )
        return spikes, CubaLIFState(i, v)

    def extra_repr(self) -> str:
        """Parameters shown by print."""
        syn, mem = (float(tau.detach().mean()) for tau in (self.tau_syn, self.tau_mem))
        return f"tau_syn={syn:.4g}, tau_mem={mem:.4g}, {super().extra_repr()}"
