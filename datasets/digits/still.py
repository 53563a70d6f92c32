"""The digits of scikit-learn as still images."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from polychrony.datasets.dataset import check_split, position
from polychrony.datasets.digits.dataset import Digits
from polychrony.datasets.errors import DataError
from polychrony.datasets.splits import stratified_split

SHAPE = (1, 8, 8)


class StillDigits(Dataset[tuple[Tensor, int]]):
    """Images as frames: `dataset[i]` is `(uint8 tensor [T, 1, 8, 8], label)`, all T the same.

    Direct coding: the brightness of a cell, 0 to 16, is the input of every step. The splits hold
    the same handwriting as those of `Digits`.

    Args:
        split: "train" (1,197), "valid" (200) or "test" (400), stratified by class.
        n_steps: frames T.
        seed: seed of the split.

    Attributes:
        step_shape: C, H and W.
        n_channels: C H W.
        classes: name of each class.
        labels: label of each image, int64 [n].
        split: part of the data.

    Raises:
        DataError: there is no such split, or no step.
    """

    step_shape = SHAPE
    n_channels = 64
    classes = Digits.classes

    def __init__(self, split: str = "train", *, n_steps: int = 1, seed: int = 0) -> None:
        from sklearn.datasets import load_digits

        check_split(split, tuple(Digits.sizes))
        if n_steps < 1:
            raise DataError(f"n_steps is {n_steps}: it must be at least 1")
        self.split, self.n_steps, self.seed = split, n_steps, int(seed)
        digits = load_digits()
        labels = digits.target.astype(np.int64)
        parts = stratified_split(labels, tuple(Digits.sizes.values()), seed=self.seed)
        rows = parts[tuple(Digits.sizes).index(split)]
        self.labels: NDArray[np.int64] = labels[rows]
        self._images = torch.from_numpy(digits.images[rows].astype(np.uint8)).view(-1, *SHAPE)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        index = position(index, len(self))
        return self._images[index].expand(self.n_steps, *SHAPE), int(self.labels[index])
