"""What a spectrum over time is here: three real rows per frequency.

The discrete Fourier transform of a real signal is kept as its real parts, its imaginary parts, and
their sums. With these a complex product takes three real ones (Gauss): from p = a_re b_re,
q = a_im b_im and r = (a_re + a_im)(b_re + b_im) follow re = p - q and im = r - p - q. Frequency 0
and Nyquist's have no imaginary part and take a single row. Rows are ordered: all real parts, then
all imaginary parts, then all sums. Time stays the first axis; no data is copied into another
layout.

There are two ways to get there and back, with the same methods: `Compiled`, a fast transform on the
CPU, and `Matrices`, a product with a small matrix, on any device.
"""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

RADICES = (4, 2, 3, 5)


def n_frequencies(length: int) -> int:
    """Frequencies of a real transform, 0 to Nyquist."""
    return length // 2 + 1


def n_rows(length: int) -> int:
    """Rows of a spectrum."""
    return n_frequencies(length) + 2 * ((length - 1) // 2)


def factors(length: int) -> list[int] | None:
    """Radices whose product is a length, or None if there are none."""
    found = []
    for radix in RADICES:
        while length % radix == 0:
            found.append(radix)
            length //= radix
    return found if length == 1 else None


def good_length(least: int) -> int:
    """The shortest length of a fast transform that is not below `least`, steps."""
    length = max(1, least)
    while factors(length) is None:
        length += 1
    return length


class Transform(Protocol):
    """A transform of one length, and its inverse."""

    def analyse(
        self, x: Tensor, columns: slice, starts: list[int], window: int, reverse: bool
    ) -> Tensor:
        """Spectra of pieces of signals.

        Args:
            x: signals, [T, M].
            columns: which to take.
            starts: first step of each piece.
            window: steps of a piece; what lies beyond T is taken as 0.
            reverse: give the conjugate spectra, those of the pieces run backwards.

        Returns:
            [n_rows, pieces, columns].
        """

    def synthesise(
        self,
        products: Tensor,
        y: Tensor,
        columns: slice,
        starts: list[int],
        window: int,
        reverse: bool,
    ) -> None:
        """Take products of spectra back to time, each piece to its place.

        Args:
            products: [n_rows, pieces, columns].
            y: signals, [T, M]; where pieces overlap they add up.
            columns: which to write.
            starts: first step of each piece, ascending.
            window: steps of a piece; what lies beyond T is cut.
            reverse: the products are those of conjugate spectra.
        """


def overlap(starts: list[int], window: int) -> bool:
    """Whether pieces of that many steps share any."""
    return len(starts) > 1 and starts[1] - starts[0] < window
