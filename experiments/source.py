"""What samples come from, and what looks at it in another way."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset


class Source(Protocol):
    """Samples `(tensor [T, ...], label)` of one part of a data set."""

    @property
    def step_shape(self) -> tuple[int, ...]:
        """Shape of a step."""

    @property
    def n_channels(self) -> int:
        """Numbers in a step."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Name of each class."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """Label of each sample."""

    @property
    def split(self) -> str:
        """Part of the data."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> tuple[Tensor, int]: ...


class View(Dataset[tuple[Tensor, int]]):
    """Samples of a source as they are; a subclass changes what it must.

    Args:
        source: where they come from.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.step_shape, self.n_channels = source.step_shape, source.n_channels
        self.classes, self.labels, self.split = source.classes, source.labels, source.split
        self.dropped_events: int = getattr(source, "dropped_events", 0)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.source[index]
