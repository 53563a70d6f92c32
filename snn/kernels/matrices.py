"""Spectra as products with small matrices, on any device and differentiable by autograd.

Forming the sums of real and imaginary parts belongs to the matrices, so no pass over the data is
spent on it.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

from polychrony.snn.kernels.spectra import n_frequencies, n_rows, overlap


def _angles(length: int, n_steps: int) -> Tensor:
    """Phase of every frequency at each step, float64, reduced before scaling."""
    frequency = torch.arange(n_frequencies(length)).unsqueeze(1)
    turns = (frequency * torch.arange(n_steps)) % length
    return turns.to(torch.float64) * (2 * math.pi / length)


def _rows(length: int) -> Tensor:
    """Which of three rows for every frequency a spectrum holds."""
    frequency = torch.arange(n_frequencies(length))
    complex_ = (frequency > 0) & (2 * frequency != length)
    return torch.cat([torch.ones_like(complex_), complex_, complex_])


# A few per layer shape; a matrix takes about 1.5 * length * steps numbers.
@lru_cache(maxsize=256)
def analysis(
    length: int, n_steps: int, reverse: bool, dtype: torch.dtype, device: torch.device
) -> Tensor:
    """Matrix that takes [n_steps, ...] to its spectrum.

    Args:
        length: length of the transform, steps.
        n_steps: steps of the signal; the others are taken as 0.
        reverse: take the conjugate spectrum, which is that of the signal run backwards.
        dtype: type of the result.
        device: device of the result.

    Returns:
        [n_rows, n_steps].
    """
    with torch.inference_mode(False):  # a cached matrix must serve training as well
        angle = _angles(length, n_steps)
        real, imag = angle.cos(), angle.sin() if reverse else -angle.sin()
        rows = torch.cat([real, imag, real + imag])[_rows(length)]
        return rows.to(device, dtype)


@lru_cache(maxsize=256)
def synthesis(
    length: int, n_steps: int, reverse: bool, dtype: torch.dtype, device: torch.device
) -> Tensor:
    """Matrix that takes the three products of two spectra back to time.

    Args:
        length: length of the transform, steps.
        n_steps: steps wanted, from 0.
        reverse: the products are those of the conjugate spectrum.
        dtype: type of the result.
        device: device of the result.

    Returns:
        [n_steps, n_rows].
    """
    with torch.inference_mode(False):
        angle = _angles(length, n_steps).T
        # Frequencies between 0 and Nyquist stand for their mirror images too.
        frequency = torch.arange(n_frequencies(length))
        fold = torch.where((frequency == 0) | (2 * frequency == length), 1.0, 2.0).double() / length
        real = angle.cos() * fold
        imag = angle.sin() * (fold if reverse else -fold)
        columns = torch.cat([real - imag, -real - imag, imag], dim=1)
        return columns[:, _rows(length)].to(device, dtype)


class Matrices:
    """Transform of one length on any device; see `polychrony.snn.kernels.spectra.Transform`."""

    def __init__(self, length: int) -> None:
        self.length = length

    def analyse(
        self, x: Tensor, columns: slice, starts: list[int], window: int, reverse: bool
    ) -> Tensor:
        """See `Transform.analyse`."""
        width = columns.stop - columns.start
        out = x.new_empty((n_rows(self.length), len(starts), width))
        for index, start in enumerate(starts):
            piece = x[start : start + window, columns]
            matrix = analysis(self.length, len(piece), reverse, x.dtype, x.device)
            torch.mm(matrix, piece, out=out[:, index])
        return out

    def synthesise(
        self,
        products: Tensor,
        y: Tensor,
        columns: slice,
        starts: list[int],
        window: int,
        reverse: bool,
    ) -> None:
        """See `Transform.synthesise`."""
        adding = overlap(starts, window)
        if adding:
            y[:, columns] = 0
        for index, start in enumerate(starts):
            target = y[start : start + window, columns]
            matrix = synthesis(self.length, len(target), reverse, y.dtype, y.device)
            # With beta = 0, what the memory holds is not read.
            target.addmm_(matrix, products[:, index], beta=float(adding))
