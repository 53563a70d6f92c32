"""Synapses within one update: their weights, and the update so far."""

from __future__ import annotations

import torch
from torch import Tensor

from polychrony.snn.kernels.spikes import FEW_ROWS, Spikes, add_products, few_spikes
from polychrony.snn.learning.maps import LinearMap, SynapseMap
from polychrony.snn.learning.totals import wide


class LearningSynapses:
    """A map whose weights stay while its update adds up.

    Where linear synapses hear few spikes, their products skip what is 0. What that needs is there
    from the first piece on, whatever spikes come later, so that memory does not depend on them.

    Args:
        of: the map.
        sparse: whether they may skip.
    """

    def __init__(self, of: SynapseMap, sparse: bool = True) -> None:
        self.map = of
        with torch.enable_grad():
            self.source = of.weight()
        self.weight = self.source.detach()
        self.learns = self.source.requires_grad
        self._linear = isinstance(of, LinearMap)
        self._sparse = sparse and self._linear and self.weight.dtype == wide(self.weight.dtype)
        # The update of linear synapses adds up row by row of their sources.
        shape = self.weight.T.shape if self._linear else self.weight.shape
        self._sum = torch.zeros(shape, dtype=wide(self.weight.dtype), device=self.weight.device)
        self._rows: Tensor | None = None
        self._seen: tuple[Tensor, Spikes | None] | None = None

    def drive(self, frames: Tensor) -> Tensor:
        """Currents [K, B, ...] of frames [D + K, B, ...]."""
        if not self._sparse or frames[..., 0].numel() < FEW_ROWS:
            return self.map.apply(self.weight, frames)
        if self._rows is None:
            self._rows = self.weight.T.contiguous()
        spikes = self._spikes(frames)
        if spikes is None:
            return self.map.apply(self.weight, frames)
        current = frames.new_zeros((*frames.shape[:2], len(self.weight)))
        add_products(spikes, self._rows, current.flatten(0, 1))
        return current

    def learn(self, cotangent: Tensor, frames: Tensor) -> None:
        """Add sum over t and samples of cotangent[t] (x) frames[t] to the update."""
        spikes = self._spikes(frames)
        if spikes is None:
            self.map.add_weight_gradient(self.total, cotangent, frames)
        else:
            add_products(spikes.turned(), cotangent.flatten(0, 1), self._sum)

    def _spikes(self, frames: Tensor) -> Spikes | None:
        """Spikes if skipping zeros is worth it; frames are learned from soon after being heard."""
        if not self._sparse:
            return None
        if self._seen is None or self._seen[0] is not frames:
            self._seen = frames, few_spikes(frames, self._sum)
        return self._seen[1]

    def learn_found(self, found: Tensor) -> None:
        """Add a gradient of the unfolded map, [N_out, S], to the update."""
        self.map.fold(self.total, found)

    @property
    def total(self) -> Tensor:
        """The update so far, shape of the weights."""
        return self._sum.T if self._linear else self._sum
