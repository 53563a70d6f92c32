"""Leaky integrate-and-fire neurons whose spikes have several bits."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

from polychrony.snn.checks import decay_factor
from polychrony.snn.errors import SnnError
from polychrony.snn.kernels import reference
from polychrony.snn.lif import LIFState
from polychrony.snn.spiking import SpikingNeurons
from polychrony.snn.surrogate import Boxcar, Surrogate

Rounding = Literal["nearest", "down"]
MAX_BITS = 8


def check_bits(bits: int, what: str) -> None:
    """Raise SnnError unless a width is a whole number from 1 to 8."""
    if isinstance(bits, bool) or not isinstance(bits, int) or not 1 <= bits <= MAX_BITS:
        raise SnnError(f"{what} is {bits!r}; use a whole number of bits from 1 to {MAX_BITS}")


class MultiBitLIF(SpikingNeurons):
    """Leaky integrate-and-fire neurons that send a number of 0 to 2^bits - 1 in every step.

        h[t] = decay * v[t-1] + x[t]
        s[t] = clip(floor(h[t] / v_threshold + o), 0, 2^bits - 1)
        v[t] = h[t] - v_threshold * s[t]

    with o = 1/2 (`"nearest"`) or 0 (`"down"`). Every forward starts at rest, v[-1] = 0.

    Args:
        tau_mem: membrane time constant, s, scalar or one per neuron.
        dt: duration of a step, s.
        bits: bits of a spike, 1 to 8.
        v_threshold: potential of one unit of a spike, V, above 0.
        rounding: `"nearest"`, ties up, or `"down"`.
        surrogate: surrogate derivative of one step of s; `Boxcar` of width v_threshold by default.
        detach_reset: let no gradient pass through the reset.
        discretization: `"exact"` or `"euler"`, see `LIF`.

    Raises:
        SnnError: an argument is out of its range.

    Reference:
        Shen et al., CVPR 2024 (arXiv:2311.10802): s = round(v / v_th) * v_th. Here spikes are
        counts, and v_th stands in the weights that they meet; that quantisation comes before reset,
        that reset subtracts, that spikes are clipped, and the gradient are choices of ours.
    """

    decay: Tensor

    def __init__(
        self,
        tau_mem: float | Tensor,
        dt: float,
        bits: int,
        v_threshold: float = 1.0,
        rounding: Rounding = "nearest",
        surrogate: Surrogate | None = None,
        detach_reset: bool = True,
        discretization: Literal["exact", "euler"] = "exact",
    ) -> None:
        check_bits(bits, "MultiBitLIF: bits")
        if rounding not in ("nearest", "down"):
            raise SnnError(f"MultiBitLIF: rounding is {rounding!r}; use 'nearest' or 'down'")
        if surrogate is None and v_threshold > 0:
            surrogate = Boxcar(v_threshold, 1 / v_threshold)
        super().__init__(dt, v_threshold, None, surrogate, detach_reset, "reference")
        self.bits = bits
        self.rounding = rounding
        self.discretization = discretization
        decay = decay_factor(tau_mem, dt, discretization).to(torch.get_default_dtype())
        self.register_buffer("decay", decay, persistent=False)

    @property
    def levels(self) -> int:
        """Largest number that a spike can be."""
        return (1 << self.bits) - 1

    def forward_with_state(self, x: Tensor, state: Any = None) -> tuple[Tensor, LIFState]:
        """Spikes of a sequence that goes on from `state`.

        Args:
            x: input, V, [T, B, ...].
            state: what an earlier call returned; None starts at rest.

        Returns:
            Spikes, whole numbers from 0 to `levels`, and the state after the last step.

        Raises:
            SnnError: the input or the state has a wrong shape, dtype or device.
        """
        before: LIFState = self._start(x, state, LIFState)
        spikes, v = reference.multi_bit_lif(
            x,
            before.v,
            self.decay.to(x.dtype),
            x.new_tensor(self.v_threshold),
            self.levels,
            0.5 if self.rounding == "nearest" else 0.0,
            self.surrogate,
            self.detach_reset,
        )
        return spikes, LIFState(v)

    def extra_repr(self) -> str:
        """Parameters shown by print."""
        decay = f"decay={self.decay.mean().item():.4g}"
        return f"bits={self.bits}, rounding={self.rounding!r}, {decay}, {super().extra_repr()}"
