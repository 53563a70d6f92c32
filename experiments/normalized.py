"""Frames with zero mean and unit deviation in every channel."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from polychrony.experiments.errors import UserError
from polychrony.experiments.source import Source, View


class Normalized(View):
    """Frames of a source, normalised: y = (x - mean_c) / std_c.

    Args:
        source: frames [T, C, H, W] of uint8.
        mean: subtracted from each channel, in the unit of the frames.
        std: what each channel is divided by.

    Raises:
        UserError: there are not as many numbers as channels.
    """

    def __init__(self, source: Source, mean: Sequence[float], std: Sequence[float]) -> None:
        if len(source.step_shape) != 3 or len(mean) != source.step_shape[0]:
            raise UserError(
                f"--mean and --std have {len(mean)} numbers, and a step of the data is "
                f"{tuple(source.step_shape)}"
            )
        super().__init__(source)
        self.mean = torch.tensor(mean).view(-1, 1, 1)
        self.std = torch.tensor(std).view(-1, 1, 1)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        frames, label = self.source[index]
        return (frames.float() - self.mean) / self.std, label
