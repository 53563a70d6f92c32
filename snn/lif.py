"""Leaky integrate-and-fire neurons."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from polychrony.snn import kernels
from polychrony.snn.checks import decay_factor
from polychrony.snn.general_lif import GeneralLIF
from polychrony.snn.like import like
from polychrony.snn.spiking import SpikingNeurons
from polychrony.snn.surrogate import Surrogate


class LIFState(NamedTuple):
    """What a LIF layer carries from one step to the next."""

    v: Tensor
    """Membrane potential after reset, V, [B, ...]."""


class LIF(SpikingNeurons):
    """Leaky integrate-and-fire neurons over a whole sequence.

        h[t] = decay * v[t-1] + x[t]
        s[t] = (h[t] >= v_threshold)
        v[t] = v_reset where s[t] else h[t]         (hard reset)
        v[t] = h[t] - v_threshold * s[t]            (soft reset)

    with decay = exp(-dt / tau_mem) (`"exact"`) or 1 - dt / tau_mem (`"euler"`). The resting
    potential is 0, and every forward starts at rest, v[-1] = 0.

    Args:
        tau_mem: membrane time constant, s, scalar or one per neuron.
        dt: duration of a step, s.
        v_threshold: firing threshold, V, above 0.
        v_reset: potential after a spike, V; None for soft reset.
        surrogate: step function with a surrogate derivative; `ATan()` by default.
        detach_reset: let no gradient pass through the reset.
        discretization: `"exact"` or `"euler"`.
        backend: kernel to run; see `polychrony.snn.kernels`.

    Raises:
        SnnError: an argument is out of its range.
    """

    decay: Tensor

    def __init__(
        self,
        tau_mem: float | Tensor,
        dt: float,
        v_threshold: float = 1.0,
        v_reset: float | None = 0.0,
        surrogate: Surrogate | None = None,
        detach_reset: bool = True,
        discretization: Literal["exact", "euler"] = "exact",
        backend: str = "auto",
    ) -> None:
        super().__init__(dt, v_threshold, v_reset, surrogate, detach_reset, backend)
        self.discretization = discretization
        decay = decay_factor(tau_mem, dt, discretization).to(torch.get_default_dtype())
        self.register_buffer("decay", decay, persistent=False)

    @staticmethod
    def like(
        library: str,
        dt: float = 1e-3,
        surrogate: Surrogate | None = None,
        detach_reset: bool = True,
        backend: str = "auto",
        **parameters: Any,
    ) -> GeneralLIF:
        """Neurons that fire as another library's do, from that library's own parameters.

        `"spikingjelly"` (`LIFNode`): tau, decay_input, v_threshold, v_reset.
        `"snntorch"` (`Leaky`): beta, threshold, reset_mechanism, reset_delay.
        `"norse"` (`LIFBoxCell`, and `LIFCell` with tau_syn_inv): tau_mem_inv, tau_syn_inv, v_leak,
        v_th, v_reset, reset_method.
        `"sinabs"` (`LIF`): tau_mem, tau_syn, spike_threshold, spike_fn ("multi", "max", "single"),
        max_num_spikes_per_bin, reset_fn ("subtract", "reset"), subtract_value, reset_value,
        min_v_mem, norm_input.
        Time constants are in steps, those of norse in seconds; defaults are the library's. Where
        neurons leak to another potential than 0, potentials are counted from it.

        Args:
            library: name of the library.
            dt: duration of a step, s.
            surrogate: step function with a surrogate derivative, ours; `ATan()` by default.
            detach_reset: let no gradient pass through the reset.
            backend: kernel to run, see `GeneralLIF`.
            parameters: what the library's own neurons take.

        Returns:
            The neurons. They take sequences [T, B, ...], and start at rest with every call.

        Raises:
            SnnError: the library or a parameter is unknown, or a value is one that its neurons
                cannot have here.
        """
        return like(library, dt, surrogate, detach_reset, backend, **parameters)

    def forward_with_state(
        self, x: Tensor, state: LIFState | None = None
    ) -> tuple[Tensor, LIFState]:
        """Spikes of a sequence that goes on from `state`.

        Args:
            x: input, V, [T, B, ...].
            state: what an earlier call returned; None starts at rest.

        Returns:
            Spikes, and the state after the last step.

        Raises:
            SnnError: the input or the state has a wrong shape, dtype or device.
        """
        state = self._start(x, state, LIFState)
        spikes, v = kernels.lif(
            x,
            state.v,
            self.decay.to(x.dtype),
            x.new_tensor(self.v_threshold),
            *self._options(),
        )
        return spikes, LIFState(v)

    def extra_repr(self) -> str:
        """Parameters shown by print."""
        return f"decay={self.decay.mean().item():.4g}, {super().extra_repr()}"
