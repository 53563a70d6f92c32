"""The readout as it learns."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from polychrony.snn import kernels
from polychrony.snn.learning.eligibility import constant_trace
from polychrony.snn.learning.maps import LinearMap
from polychrony.snn.learning.seen import Seen
from polychrony.snn.learning.synapses import LearningSynapses
from polychrony.snn.learning.totals import give, wide


class ReadoutState(NamedTuple):
    """What the readout carries from one step to the next."""

    potential: Tensor
    """y, [B, C]."""
    trace: Tensor
    """Inputs filtered as the potential is, [B, N]."""
    constant: float
    """Filtered constant input."""


class ReadoutLearner:
    """The readout within one update: y[t] = kappa y[t-1] + W x[t] + b, learned at every step.

        dL[t] = error[t] (x) (sum over t' <= t of kappa^(t - t') x[t'])

    is its exact gradient.

    Args:
        readout: the linear layer.
        kappa: factor of the potential per step.
        state: to go on from; None starts at rest.
        seen: where spikes are looked up.
    """

    def __init__(
        self, readout: nn.Linear, kappa: float, state: ReadoutState | None, seen: Seen
    ) -> None:
        self.readout = readout
        self.kappa = kappa
        self.state = state
        self.synapses = LearningSynapses(LinearMap(readout), seen)
        self.weight = self.synapses.weight
        self.bias_total = torch.zeros_like(self.synapses.total[:, 0])

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Potentials [K, B, C], filtered inputs [K, B, N] and filtered constants [K]."""
        current = self.synapses.drive(x)
        current = current.to(wide(current.dtype))
        if self.readout.bias is not None:
            current = current + self.readout.bias.detach()
        if self.state is None:
            still = current.new_zeros(current.shape[1:])
            self.state = ReadoutState(still, current.new_zeros(x.shape[1:]), 0.0)
        decay = current.new_tensor(self.kappa)
        x = x.to(current.dtype)
        if self.kappa == 0:
            self.state = self.state._replace(potential=current[-1])
            return current, x, current.new_ones(len(x))
        potential, y = kernels.li(current, self.state.potential, decay)
        trace, last = kernels.li(x, self.state.trace, decay)
        constants = constant_trace(self.state.constant, len(x), self.kappa)
        self.state = ReadoutState(y, last, constants[-1])
        return potential, trace, current.new_tensor(constants)

    def learn(self, error: Tensor, trace: Tensor, constants: Tensor) -> None:
        """Add the update of some steps."""
        self.synapses.learn(error, trace)
        self.bias_total += (error.sum(1) * constants.unsqueeze(1)).sum(0)

    def finish(self) -> None:
        """Add the update to the `.grad` of the readout's parameters, once."""
        pairs: list[tuple[Tensor, Tensor]] = [(self.synapses.source, self.synapses.total)]
        if self.readout.bias is not None:
            pairs.append((self.readout.bias, self.bias_total))
        give(pairs)
