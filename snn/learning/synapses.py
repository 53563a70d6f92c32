"""Synapses within one update: their weights, and the update so far."""

from __future__ import annotations

import torch
from torch import Tensor

from polychrony.snn.kernels.spikes import FEW_ROWS, add_products
from polychrony.snn.learning.maps import LinearMap, SynapseMap
from polychrony.snn.learning.seen import Seen
from polychrony.snn.learning.totals import wide


class LearningSynapses:
    """A map whose weights stay while its update adds up.

    Where linear synapses hear few spikes, their products skip what is 0. What that needs is there
    from the first piece on, whatever spikes come later, so that memory does not depend on them.

    Args:
        of: the map.
        seen: where spikes are looked up.
    """

    def __init__(self, of: SynapseMap, seen: Seen) -> None:
        self.map = of
        with torch.enable_grad():
            self.source = of.weight()
        self.weight = self.source.detach()
        self.learns = self.source.requires_grad
        self._linear = isinstance(of, LinearMap)
        self._sparse = self._linear and self.weight.dtype == wide(self.weight.dtype)
        # The update of linear synapses adds up row by row of their sources.
        shape = self.weight.T.shape if self._linear else self.weight.shape
        self._sum = torch.zeros(shape, dtype=wide(self.weight.dtype), device=self.weight.device)
        self._rows: Tensor | None = None
        self._seen = seen

    def drive(self, frames: Tensor) -> Tensor:
        """Currents [K, B, ...] of frames [D + K, B, ...]."""
        if not (self._sparse and self._seen.sparse) or frames[..., 0].numel() < FEW_ROWS:
            return self.map.apply(self.weight, frames)
        if self._rows is None:
            self._rows = self.weight.T.contiguous()
        if self._seen.spikes(frames, self._rows) is None:
            return self.map.apply(self.weight, frames)
        return self._seen.product(frames, self._rows)

    def learn(self, cotangent: Tensor, frames: Tensor) -> None:
        """Add sum over t and samples of cotangent[t] (x) frames[t] to the update."""
        spikes = self._seen.spikes(frames, self._sum) if self._sparse else None
        if spikes is None:
            self.map.add_weight_gradient(self.total, cotangent, frames)
        else:
            add_products(spikes.turned(), cotangent.flatten(0, 1), self._sum)

    def learn_from_traces(self, cotangent: Tensor, traces: Tensor) -> None:
        """The same for traces, which are seldom 0."""
        self.map.add_weight_gradient(self.total, cotangent, traces)

    def learn_found(self, found: Tensor) -> None:
        """Add a gradient of the unfolded map, [N_out, S], to the update."""
        self.map.fold(self.total, found)

    @property
    def total(self) -> Tensor:
        """The update so far, shape of the weights."""
        return self._sum.T if self._linear else self._sum
