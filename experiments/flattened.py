"""Frames as channels, for networks that know no space."""

from __future__ import annotations

import math

from torch import Tensor

from polychrony.experiments.source import Source, View


class Flattened(View):
    """Samples of a source with each frame as a vector, [T, C H W].

    Args:
        source: frames [T, C, H, W].
    """

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.step_shape = (math.prod(source.step_shape),)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        frames, label = self.source[index]
        return frames.flatten(1), label
