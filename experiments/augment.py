"""Variations of training samples."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from polychrony.experiments.config import DataConfig


def vary(x: Tensor, data: DataConfig) -> Tensor:
    """Vary training samples as a configuration asks, each by draws of its own.

    Args:
        x: counts [T, B, N], or frames [T, B, C, H, W], which alone can be cropped or mirrored.
        data: the options.

    Returns:
        Shape of `x`.
    """
    if x.dim() == 5:
        x = crop(x, data.crop)
        x = flip(x, data.flip)
        return cut_out(x, data.cutout)
    x = thin(x, data.lost_events)
    x = stretch(x, data.speed, 0)
    x = stretch(x, data.channel_stretch, 2)
    return shift_channels(x, data.channel_shift)


def crop(x: Tensor, padding: int) -> Tensor:
    """Pad frames with zeros and cut them out again, somewhere else in each sample.

    Args:
        x: frames, [T, B, C, H, W].
        padding: pixels on every side; 0 returns `x`.

    Returns:
        [T, B, C, H, W], all steps of a sample moved alike.
    """
    if padding == 0:
        return x
    n_samples, height, width = x.shape[1], x.shape[3], x.shape[4]
    padded = functional.pad(x, (padding, padding, padding, padding))
    # Drawn on the CPU, whose random state every checkpoint restores.
    offsets = torch.randint(0, 2 * padding + 1, (n_samples, 2)).tolist()
    pieces = [
        padded[:, b, :, top : top + height, left : left + width]
        for b, (top, left) in enumerate(offsets)
    ]
    return torch.stack(pieces, 1)


def flip(x: Tensor, probability: float) -> Tensor:
    """Mirror some of the samples from left to right, [T, B, C, H, W]; 0 returns `x`."""
    if probability == 0:
        return x
    chosen = (torch.rand(x.shape[1]) < probability).to(x.device)
    return torch.where(chosen.view(-1, 1, 1, 1), x.flip(-1), x)


def cut_out(x: Tensor, probability: float) -> Tensor:
    """Replace a rectangle of some samples by noise, the same in all steps.

    It has 2 to 40 % of the frame's area and sides of 0.3 to 3.3 times each other; one that is
    longer than the frame is cut short. The noise is normal, as normalised frames are.

    Args:
        x: frames, [T, B, C, H, W].
        probability: of a sample to lose a rectangle; 0 returns `x`.

    Returns:
        [T, B, C, H, W].

    Reference:
        DeVries and Taylor 2017 (Cutout), with the random values of Zhong et al. 2020.
    """
    if probability == 0:
        return x
    x = x.clone()
    channels, height, width = x.shape[2:]
    for b in torch.nonzero(torch.rand(x.shape[1]) < probability).flatten().tolist():
        share, stretch, row, column = torch.rand(4).tolist()
        area = (0.02 + 0.38 * share) * height * width
        ratio = 0.3 * (3.3 / 0.3) ** stretch
        tall = min(height, max(1, round((area * ratio) ** 0.5)))
        wide = min(width, max(1, round((area / ratio) ** 0.5)))
        top, left = int(row * (height - tall + 1)), int(column * (width - wide + 1))
        noise = torch.randn(channels, tall, wide).to(x)
        x[:, b, :, top : top + tall, left : left + wide] = noise
    return x


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


def thin(x: Tensor, most: float) -> Tensor:
    """Lose events of each sample, each event with the sample's own probability.

    y[t, b, n] ~ Binomial(x[t, b, n], 1 - p_b), p_b uniform in [0, most].

    Args:
        x: counts, [T, B, N].
        most: largest probability; 0 returns `x`.

    Returns:
        [T, B, N].
    """
    if most == 0:
        return x
    # Drawn on the CPU, whose random state every checkpoint restores; most counts are 0.
    kept = 1 - most * torch.rand(x.shape[1])
    where = x.nonzero(as_tuple=True)
    drawn = torch.binomial(x[where].float().cpu(), kept[where[1].cpu()])
    return torch.zeros_like(x).index_put(where, drawn.to(x))


def stretch(x: Tensor, most: float, axis: Literal[0, 2]) -> Tensor:
    """Make each sample longer or shorter along an axis, by its own random factor.

    y[n] = x[floor((n + 1/2) / s_b)] with s_b uniform in [1 - most, 1 + most], and 0 where that lies
    outside: whole steps or channels are repeated or left out, so counts stay whole. Along time this
    is another pace, along channels that stand for frequencies a shorter or longer vocal tract.

    Args:
        x: counts, [T, B, N].
        most: largest change of length; 0 returns `x`.
        axis: 0 for time, 2 for channels.

    Returns:
        [T, B, N].
    """
    if most == 0:
        return x
    length, n_samples = x.shape[axis], x.shape[1]
    # Drawn on the CPU, whose random state every checkpoint restores.
    factor = 1 + most * (2 * torch.rand(n_samples, dtype=torch.float64) - 1)
    places = torch.arange(length, dtype=torch.float64) + 0.5
    source = (places[:, None] / factor).floor().long().to(x.device)  # [length, B]
    shape = (length, n_samples, 1) if axis == 0 else (1, n_samples, length)
    index = source if axis == 0 else source.t()
    moved = torch.gather(x, axis, index.clamp(max=length - 1).reshape(shape).expand_as(x))
    return moved * (index < length).reshape(shape)
