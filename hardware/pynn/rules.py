"""Rules of plasticity as the simulator wants them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.pynn.engine.plastic import Rule

FloatArray = npt.NDArray[np.float64]


def _scale(amplitude: FloatArray, power: FloatArray, at: Mapping[str, FloatArray]) -> FloatArray:
    """Factor of the power of a weight's distance from its bound.

    Additive changes are fractions of w_max, as in PyNN's other simulators; others are fractions
    of the range, so that the power is that of a number between 0 and 1.
    """
    span = at["w_max"] - at["w_min"]
    return np.where(power == 0, amplitude * at["w_max"], amplitude * span ** (1 - power))


def rule_of(mechanism: Any, attributes: Mapping[str, FloatArray]) -> Rule:
    """How much a pair of spikes changes each synapse.

    Args:
        mechanism: the plasticity.
        attributes: its parameters, one per synapse.
    """
    exponents = mechanism.weight_dependence.exponents
    if exponents is None:
        mu_plus, mu_minus = attributes["mu_plus"], attributes["mu_minus"]
    else:
        size = len(attributes["w_min"])
        mu_plus, mu_minus = (np.full(size, power) for power in exponents)
    return Rule(
        plus=_scale(attributes["A_plus"], mu_plus, attributes),
        minus=_scale(attributes["A_minus"], mu_minus, attributes),
        mu_plus=mu_plus,
        mu_minus=mu_minus,
        w_min=attributes["w_min"],
        w_max=attributes["w_max"],
    )
