"""How many units of the chip one volt of a population becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.numbers import NumberFormat
from polychrony.snn.graph import NetworkGraph, Population

MOST_MANTISSAS = 16
"""Of a step of trained weights. More would only make thresholds finer, and take the room that the
potential needs where a source sends several events in a step."""


@dataclass(frozen=True)
class Scaling:
    """Units of one population and of the weights of its synapses.

    Args:
        scale: units of potential per V.
        exponent: exponent of the weights.
        step: distance of neighbouring mantissas, 1 or 2.
        top: largest magnitude of a mantissa.
        mantissas_per_volt: mantissa of a weight of 1 V.
    """

    scale: float
    exponent: int
    step: int
    top: int
    mantissas_per_volt: float


def _bound(graph: NetworkGraph, population: Population) -> float:
    """Largest potential, V, that is possible while no source spikes more than once a step."""
    up, down = np.maximum(population.bias, 0.0), np.maximum(-population.bias, 0.0)
    up, down = up.astype(np.float64), down.astype(np.float64)
    for p in graph.incoming(population.name):
        up += np.bincount(p.post, np.maximum(p.weight, 0.0), minlength=population.size)
        down += np.bincount(p.post, np.maximum(-p.weight, 0.0), minlength=population.size)
    forgotten = 1.0 - population.decay.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        lowest = np.where(down > 0, down / forgotten, 0.0)
        highest = np.where(up > 0, up / forgotten, 0.0)
    if population.kind == "lif":
        highest = population.v_threshold + up
    return float(np.maximum(lowest, highest).max())


class _Whole(NamedTuple):
    """Weights that are whole multiples of a step, V, the largest of them `most` times."""

    step: float
    most: int


def _whole(population: Population, weights: npt.NDArray[np.float32]) -> _Whole | None:
    """The whole numbers that weights were trained to be; None if they are real, or not any more."""
    resolution = population.resolution
    if resolution is None or resolution.weight_step is None or not weights.any():
        return None
    counts = weights.astype(np.float64) / resolution.weight_step
    if np.abs(counts - np.rint(counts)).max() > 1e-3:
        return None
    return _Whole(resolution.weight_step, int(np.abs(np.rint(counts)).max()))


def _kept(whole: _Whole, step: int, top: int, wanted: float) -> int | None:
    """Mantissa of a step of the weights, so that each is a mantissa; None if they are too many."""
    most = min(top // whole.most, int(wanted * (1 + 1e-9)), MOST_MANTISSAS)
    return most // step * step or None


def find_scaling(
    graph: NetworkGraph,
    population: Population,
    numbers: NumberFormat,
    exponent: int | None = None,
    spare_bits: int = 0,
) -> Scaling:
    """Choose the units of a population.

    The largest weight takes the largest mantissa. The exponent is the largest, from 0 up, at which
    no input of single spikes can overflow the potential, and 0 where none is that safe: at 0 the
    threshold is already as fine as the weights. Where the threshold would not fit, the weights
    take less than their range. Weights that were trained as whole numbers stay these numbers, times
    the largest whole factor up to 16 that leaves room, if the mantissas hold them.

    Args:
        graph: the network.
        population: a population of it that receives.
        numbers: integers of the chip.
        exponent: take this one instead.
        spare_bits: how much smaller than the one found it is to be; each leaves the potential twice
            the room, for several spikes of a source in a step, and at 0 costs weights a bit.

    Returns:
        The units.

    Raises:
        HardwareError: the exponent asked for is out of range, or weights have too few bits.
    """
    weights = np.concatenate(
        [np.zeros(0, np.float32), *(p.weight for p in graph.incoming(population.name))]
    )
    mixed = bool((weights > 0).any() and (weights < 0).any())
    step = 2 if mixed else 1
    top = numbers.mantissa_max // step * step
    whole = _whole(population, weights)
    if top == 0:
        raise HardwareError(
            f"{population.name}: no weight but 0 has {numbers.weight_bits} bits where weights of "
            "both signs meet; allowed are 3 bits or more"
        )
    threshold = float(population.v_threshold.max()) if population.kind == "lif" else 0.0
    largest = float(np.abs(weights).max(initial=0.0)) or threshold or 1.0
    bound = _bound(graph, population)
    # The potential must hold a full threshold and one weight beyond it.
    ceiling = numbers.state_max / (threshold + largest)

    def full(candidate: int) -> float:
        return float(top * 2.0**candidate * numbers.unit / largest)

    if exponent is None:
        safe = (
            candidate
            for candidate in range(numbers.exponent_max, 0, -1)
            if full(candidate) * max(bound, threshold + largest) <= numbers.state_max
        )
        exponent = next(safe, 0) - spare_bits
    if not numbers.exponent_min <= exponent <= numbers.exponent_max:
        spared = f" with {spare_bits} bits to spare" if spare_bits else ""
        raise HardwareError(
            f"{population.name}: exponent {exponent}{spared} is outside {numbers.exponent_min} to "
            f"{numbers.exponent_max}"
        )
    scale = min(full(exponent), ceiling)
    if whole is not None:
        kept = _kept(whole, step, top, scale * whole.step / (numbers.unit * 2.0**exponent))
        scale = scale if kept is None else kept * numbers.unit * 2.0**exponent / whole.step
    per_volt = scale / (numbers.unit * 2.0**exponent)
    return Scaling(scale, exponent, step, top, per_volt)
