"""A few samples of many."""

from __future__ import annotations

import torch
from torch import Tensor

from polychrony.experiments.source import Source, View


class Drawn(View):
    """Samples drawn from a source without replacement, in its order.

    Args:
        source: where they come from.
        count: how many, at most as many as it has.
        seed: of the draw.
    """

    def __init__(self, source: Source, count: int, seed: int) -> None:
        super().__init__(source)
        order = torch.randperm(len(source), generator=torch.Generator().manual_seed(seed))
        self.indices: list[int] = order[:count].sort().values.tolist()
        self.labels = source.labels[self.indices]

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.source[self.indices[index]]
