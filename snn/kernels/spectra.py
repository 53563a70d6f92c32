"""Transforms over time as products with small matrices.

A real signal's discrete Fourier transform is kept as three real rows per frequency: real part,
imaginary part, and their sum. With it a complex product takes three real ones (Gauss): from
p = a_re b_re, q = a_im b_im and r = (a_re + a_im)(b_re + b_im) follow re = p - q and
im = r - p - q. Frequency 0 and Nyquist's have no imaginary part and take a single row. Forming the
sums belongs to the matrices here, so no pass over the data is spent on
it. Time stays the first axis and nothing is copied into another layout.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor


def n_frequencies(length: int) -> int:
    """Frequencies of a real transform, 0 to Nyquist."""
    return length // 2 + 1


def n_rows(length: int, first: int, last: int) -> int:
    """Rows of a spectrum's frequencies first to last - 1."""
    ends = (first == 0) + (length % 2 == 0 and first <= length // 2 < last and length > 1)
    return 3 * (last - first) - 2 * ends


def _rows(length: int, first: int, last: int) -> Tensor:
    """Which of three rows for every frequency a spectrum holds."""
    frequency = torch.arange(first, last)
    complex_ = (frequency > 0) & (2 * frequency != length)
    return torch.cat([torch.ones_like(complex_), complex_, complex_])


def _angles(length: int, first: int, last: int, n_steps: int) -> Tensor:
    """Phase of frequencies first to last - 1 at each step, float64, reduced before scaling."""
    frequency = torch.arange(first, last).unsqueeze(1)
    turns = (frequency * torch.arange(n_steps)) % length
    return turns.to(torch.float64) * (2 * math.pi / length)


# Some blocks of frequencies per layer shape; a matrix takes 3 * frequencies * steps numbers.
@lru_cache(maxsize=256)
def analysis(
    length: int,
    first: int,
    last: int,
    n_steps: int,
    reverse: bool,
    dtype: torch.dtype,
    device: torch.device,
) -> Tensor:
    """Matrix that takes [n_steps, ...] to its spectrum.

    Args:
        length: length of the transform, steps.
        first: first frequency.
        last: one more than the last frequency.
        n_steps: steps of the signal; the others are taken as 0.
        reverse: take the conjugate spectrum, which is that of the signal run backwards.
        dtype: type of the result.
        device: device of the result.

    Returns:
        [n_rows, n_steps].
    """
    with torch.inference_mode(False):  # a cached matrix must serve training as well
        angle = _angles(length, first, last, n_steps)
        real, imag = angle.cos(), angle.sin() if reverse else -angle.sin()
        rows = torch.cat([real, imag, real + imag])[_rows(length, first, last)]
        return rows.to(device, dtype)


@lru_cache(maxsize=256)
def synthesis(
    length: int,
    first: int,
    last: int,
    n_steps: int,
    reverse: bool,
    dtype: torch.dtype,
    device: torch.device,
) -> Tensor:
    """Matrix that takes the three products of two spectra back to time.

    Args:
        length: length of the transform, steps.
        first: first frequency.
        last: one more than the last frequency.
        n_steps: steps wanted, from 0.
        reverse: the products are those of the conjugate spectrum.
        dtype: type of the result.
        device: device of the result.

    Returns:
        [n_steps, n_rows]; results of all blocks of frequencies add up.
    """
    with torch.inference_mode(False):
        angle = _angles(length, first, last, n_steps).T
        # Frequencies between 0 and Nyquist stand for their mirror images too.
        mirrored = torch.arange(first, last)
        fold = torch.where((mirrored == 0) | (2 * mirrored == length), 1.0, 2.0).double() / length
        real = angle.cos() * fold
        imag = angle.sin() * (fold if reverse else -fold)
        columns = torch.cat([real - imag, -real - imag, imag], dim=1)
        return columns[:, _rows(length, first, last)].to(device, dtype)
