"""Recordings of uneven length to one batch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from polychrony.datasets.errors import DataError


def collate(batch: Sequence[tuple[Tensor, int]]) -> tuple[Tensor, Tensor, Tensor]:
    """Stacks recordings, time first, with silence after the end of the shorter ones.

    Args:
        batch: B pairs of counts [T_i, N] and label.

    Returns:
        Counts, float32 [T, B, N] with T = max T_i; labels, int64 [B]; steps T_i, int64 [B].

    Raises:
        DataError: the batch is empty or its recordings differ in N.
    """
    if not batch:
        raise DataError("an empty batch cannot be collated")
    frames = [x for x, _ in batch]
    if len({(x.ndim, *x.shape[1:]) for x in frames}) > 1:
        shapes = sorted({tuple(x.shape[1:]) for x in frames})
        raise DataError(f"recordings of one batch differ in their channels: {shapes}")
    lengths = torch.tensor([len(x) for x in frames], dtype=torch.int64)
    labels = torch.tensor([label for _, label in batch], dtype=torch.int64)
    # Padded as bytes and widened once: a quarter of the memory to move.
    padded = torch.nn.utils.rnn.pad_sequence(frames)  # [T, B, N]
    return padded.float(), labels, lengths
