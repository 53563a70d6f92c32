"""Frames in which few neurons spike, each looked through once however many products it takes."""

from __future__ import annotations

from torch import Tensor

from polychrony.snn.kernels.spikes import Spikes, add_products, few_spikes


class Seen:
    """The spikes of the last two frames asked for: what a block hears, and what it puts out.

    Args:
        sparse: whether to look for spikes at all.
    """

    def __init__(self, sparse: bool = True) -> None:
        self.sparse = sparse
        self._kept: list[tuple[Tensor, Spikes | None]] = []

    def spikes(self, frames: Tensor, like: Tensor) -> Spikes | None:
        """Spikes of frames [K, B, N] if it is worth to skip what is 0, for weights like these."""
        if not self.sparse:
            return None
        for known, spikes in self._kept:
            if known is frames:
                return spikes
        found = few_spikes(frames, like)
        self._kept = [*self._kept[-1:], (frames, found)]
        return found

    def product(self, frames: Tensor, rows: Tensor) -> Tensor:
        """Frames @ rows: [K, B, M] of frames [K, B, N] and rows [N, M]."""
        spikes = self.spikes(frames, rows)
        if spikes is None:
            return frames @ rows
        product = frames.new_empty((*frames.shape[:2], rows.shape[1]))
        add_products(spikes, rows, product.flatten(0, 1), fresh=True)
        return product

    def clear(self) -> None:
        """Let go of the frames."""
        self._kept = []
