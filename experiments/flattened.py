"""Frames as channels, for networks that know no space."""

from __future__ import annotations

import math

from torch import Tensor
from torch.utils.data import Dataset

from polychrony.datasets import CountedDataset, StillDigits
from polychrony.datasets.vision import ImageDataset
from polychrony.experiments.normalized import Normalized


class Flattened(Dataset[tuple[Tensor, int]]):
    """Samples of a source with each frame as a vector, [T, C H W].

    Args:
        source: frames [T, C, H, W].
    """

    def __init__(self, source: CountedDataset | ImageDataset | StillDigits | Normalized) -> None:
        self.source = source
        self.step_shape = (math.prod(source.step_shape),)
        self.n_channels = source.n_channels
        self.classes, self.labels, self.split = source.classes, source.labels, source.split
        self.dropped_events: int = getattr(source, "dropped_events", 0)

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        frames, label = self.source[index]
        return frames.flatten(1), label
