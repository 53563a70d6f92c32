"""Surrogate gradients as compiled kernels know them: a code and two numbers."""

from __future__ import annotations

import math

from polychrony.snn.surrogate import ATan, Boxcar, Sigmoid, SuperSpike, Surrogate, Triangle

SURROGATES = (ATan, SuperSpike, Triangle, Sigmoid, Boxcar)


def compiled_form(surrogate: Surrogate) -> tuple[int, float, float]:
    """Code of a surrogate, and the two numbers that its compiled form needs.

    Raises:
        TypeError: the surrogate has none.
    """
    match surrogate:
        case ATan(alpha):
            numbers = (alpha / 2, alpha * math.pi / 2)
        case SuperSpike(beta):
            numbers = (beta, 0.0)
        case Triangle(width, height):
            numbers = (width, height)
        case Sigmoid(alpha):
            numbers = (alpha, 0.0)
        case Boxcar(width, height):
            numbers = (width / 2, height)
        case _:
            raise TypeError(f"{type(surrogate).__name__} has no compiled form")
    return SURROGATES.index(type(surrogate)), *numbers
