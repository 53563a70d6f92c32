"""The samples as the authors' code takes them: frames of 10 ms, five channels to a bin."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import h5py
import numpy as np
import torch
from torch import Tensor

from polychrony.experiments.errors import UserError

Sample = tuple[Tensor, int]


def samples(path: Path, without: Collection[int], frame_ms: float, bins: int) -> list[Sample]:
    """All samples of a file in the layout of SHD.

    Args:
        path: the file.
        without: speakers who are left out.
        frame_ms: length of a frame.
        bins: channels summed into one, a divisor of 700.

    Returns:
        Counts, [T, 700 / bins], each as long as its recording, and labels.

    Raises:
        UserError: it cannot be read.
    """
    try:
        with h5py.File(path) as file:
            speakers, labels = file["extra/speaker"][:], file["labels"][:]
            times, units = file["spikes/times"][:], file["spikes/units"][:]
    except (OSError, KeyError) as error:
        raise UserError(f"{path} is no file in the layout of SHD: {error}") from error
    kept = []
    for speaker, label, when, where in zip(speakers, labels, times, units, strict=True):
        if int(speaker) not in without:
            frame = np.floor(when.astype(float) * 1e3 / frame_ms + 1e-9).astype(int)
            counts = np.zeros((frame.max(initial=0) + 1, 700 // bins), np.float32)
            np.add.at(counts, (frame, where // bins), 1)
            kept.append((torch.from_numpy(counts), int(label)))
    return kept


def collate(batch: list[Sample]) -> tuple[Tensor, Tensor, Tensor]:
    """Samples filled up with silence, [B, T, N], their labels, and their lengths."""
    counts = [each for each, _ in batch]
    lengths = torch.tensor([len(each) for each in counts])
    padded = torch.nn.utils.rnn.pad_sequence(counts, batch_first=True)
    return padded, torch.tensor([label for _, label in batch]), lengths
