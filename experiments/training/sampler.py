"""The order of samples, a function of seed and epoch alone."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch.utils.data import Sampler


class EpochSampler(Sampler[int]):
    """Shuffle anew in every epoch, the same way in every run with this seed.

    There is no method `set_epoch`: Accelerate would call it with its own count of epochs, which
    starts at 0 again in a resumed run.

    Args:
        size: number of samples.
        seed: seed of the order.

    Attributes:
        epoch: epoch whose order comes next.
    """

    def __init__(self, size: int, seed: int) -> None:
        self.size = size
        self.seed = seed
        self.epoch = 0

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed((self.seed << 20) + self.epoch)
        yield from torch.randperm(self.size, generator=generator).tolist()
