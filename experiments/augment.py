"""Variations of training samples."""

from __future__ import annotations

import torch
from torch import Tensor


def shift_channels(x: Tensor, most: int) -> Tensor:
    """Move each sample along its channels by its own random number of them.

    y[t, b, n] = x[t, b, n - k_b], k_b uniform on the integers from -most to most; channels that
    nothing moves into are silent. On channels that stand for frequencies this is another voice.

    Args:
        x: counts, [T, B, N].
        most: largest shift, channels; 0 returns `x`.

    Returns:
        [T, B, N].
    """
    if most == 0:
        return x
    n_samples, n_channels = x.shape[1:]
    # Drawn on the CPU, whose random state every checkpoint restores.
    shift = torch.randint(-most, most + 1, (n_samples, 1)).to(x.device)
    source = torch.arange(n_channels, device=x.device) - shift
    inside = (source >= 0) & (source < n_channels)
    moved = torch.gather(x, 2, source.clamp(0, n_channels - 1).expand(len(x), -1, -1))
    return moved * inside
