"""Neurons whose potentials are whole numbers of a unit, as in a chip, in torch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from polychrony.snn.errors import SnnError
from polychrony.snn.li import LI, LIState
from polychrony.snn.lif import LIFState
from polychrony.snn.spiking import SpikingNeurons

DECAY_BITS = 12
"""A decay is a fraction of 2^12, as on Loihi."""

LARGEST = 2.0**40
"""Thresholds are at most this many units, so that float64 divides by them exactly enough."""


def decayed(v: Tensor, decay: Tensor) -> Tensor:
    """sgn(v) * floor(|v| * decay / 4096), of whole numbers in float64."""
    kept: Tensor = ((v.abs() * decay) / 2**DECAY_BITS).floor()
    return kept.copysign(v)


def whole_input(x: Tensor, unit: Tensor, layer: str) -> Tensor:
    """Input in units, as whole numbers.

    Raises:
        SnnError: it is not float64, which alone holds all sums exactly.
    """
    if x.dtype != torch.float64:
        raise SnnError(f"{layer}: input is {x.dtype}; run the network on x.double()")
    return (x / unit).round()


class FixedPointLIF(SpikingNeurons):
    """LIF neurons with one or several bits per spike, in whole numbers held by float64.

        h[t] = sgn(v[t-1]) * floor(|v[t-1]| * decay / 4096) + round(x[t] / unit)
        s[t] = clip(floor((2 h[t] + o * threshold) / (2 threshold)), 0, levels)
        v[t] = h[t] - threshold * s[t], or `reset` where s[t] is 1

    with o = 1 for rounding to the nearest and 0 for rounding down. Input that is within half a unit
    of a whole number of them gives the same spikes whatever the order in which it was summed.
    Nothing has a gradient.

    Args:
        dt: duration of a step, s.
        decay: factor of the potential per step, of 4096, [...].
        threshold: units, at least 1, [...].
        unit: V, [...].
        levels: largest spike.
        nearest: whether potentials are rounded to the nearest spike, ties up, or down.
        reset: potential after a spike, units, [...]; None for soft reset.
    """

    decay: Tensor
    threshold: Tensor
    unit: Tensor
    reset: Tensor | None

    def __init__(
        self,
        dt: float,
        decay: Tensor,
        threshold: Tensor,
        unit: Tensor,
        levels: int = 1,
        nearest: bool = False,
        reset: Tensor | None = None,
    ) -> None:
        # In units the threshold is another for each neuron; the base has room for one number.
        super().__init__(dt, 1.0, None if reset is None else 0.0, None, True, "reference")
        self.levels = levels
        self.nearest = nearest
        for name, value in (("decay", decay), ("threshold", threshold), ("unit", unit)):
            self.register_buffer(name, value.double().clone())
        self.register_buffer("reset", None if reset is None else reset.double())

    @torch.no_grad()
    def forward_with_state(self, x: Tensor, state: Any = None) -> tuple[Tensor, LIFState]:
        """Spikes of a sequence that goes on from `state`.

        Args:
            x: input, V, float64 [T, B, ...].
            state: potentials in units; None starts at rest.

        Returns:
            Spikes, whole numbers from 0 to `levels`, and the state after the last step.

        Raises:
            SnnError: the input or the state has a wrong shape or dtype.
        """
        v = self._start(x, state, LIFState).v
        spikes = torch.empty_like(x)
        ties = self.threshold if self.nearest else torch.zeros_like(self.threshold)
        for t, current in enumerate(whole_input(x, self.unit, "FixedPointLIF").unbind(0)):
            h = decayed(v, self.decay) + current
            s = ((2 * h + ties) / (2 * self.threshold)).floor().clamp(0, self.levels)
            v = h - self.threshold * s if self.reset is None else torch.where(s > 0, self.reset, h)
            spikes[t] = s
        return spikes, LIFState(v)

    def extra_repr(self) -> str:
        """Parameters shown by print."""
        return f"levels={self.levels}, nearest={self.nearest}, dt={self.dt}"


class FixedPointLI(LI):
    """Leaky integrators in whole numbers held by float64; see `FixedPointLIF`.

    Args:
        dt: duration of a step, s.
        decay: factor of the potential per step, of 4096, scalar or [...].
        unit: V, scalar or [...].
    """

    unit: Tensor

    def __init__(self, dt: float, decay: Tensor, unit: Tensor) -> None:
        super().__init__(dt, dt)
        self.decay = decay.double()
        self.register_buffer("unit", unit.double().clone())

    @torch.no_grad()
    def forward_with_state(self, x: Tensor, state: LIState | None = None) -> tuple[Tensor, LIState]:
        """Potentials of a sequence that goes on from `state`.

        Args:
            x: input, V, float64 [T, B, ...].
            state: potentials in units; None starts at rest.

        Returns:
            Membrane potential of every step, V, and the state after the last one.

        Raises:
            SnnError: the input is not float64.
        """
        v = x.new_zeros(x.shape[1:]) if state is None else state.v
        trace = torch.empty_like(x)
        for t, current in enumerate(whole_input(x, self.unit, "FixedPointLI").unbind(0)):
            v = decayed(v, self.decay) + current
            trace[t] = v
        return trace * self.unit, LIState(v)
