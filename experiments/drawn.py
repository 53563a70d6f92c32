"""A few samples of many."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.utils.data import Dataset

from polychrony.datasets import CountedDataset, StillDigits
from polychrony.datasets.vision import ImageDataset
from polychrony.experiments.flattened import Flattened
from polychrony.experiments.normalized import Normalized


class Drawn(Dataset[tuple[Tensor, int]]):
    """Samples drawn from a source without replacement, in its order.

    Args:
        source: where they come from.
        count: how many, at most as many as it has.
        seed: of the draw.
    """

    def __init__(
        self,
        source: CountedDataset | ImageDataset | StillDigits | Normalized | Flattened,
        count: int,
        seed: int,
    ) -> None:
        order = torch.randperm(len(source), generator=torch.Generator().manual_seed(seed))
        self.source = source
        self.indices: list[int] = order[:count].sort().values.tolist()
        self.step_shape, self.n_channels = source.step_shape, source.n_channels
        self.classes, self.split = source.classes, source.split
        self.labels = source.labels[self.indices]
        self.dropped_events: int = getattr(source, "dropped_events", 0)

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.source[self.indices[index]]
