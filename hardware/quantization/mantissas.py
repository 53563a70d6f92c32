"""Weights as mantissas with an exponent per population, thresholds and decays as integers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from polychrony.hardware.arithmetic.loihi import synaptic_weight
from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.numbers import NumberFormat
from polychrony.hardware.quantization.gather import weight_error
from polychrony.hardware.quantized import (
    QuantizationError,
    QuantizedGraph,
    QuantizedPopulation,
    QuantizedProjection,
)
from polychrony.hardware.scaling import Scaling, find_scaling
from polychrony.snn.graph import NetworkGraph, Population, Projection
from polychrony.snn.kernels.events import row_pointers

IntArray = npt.NDArray[np.int64]


def _mantissas(projection: Projection, scaling: Scaling) -> IntArray:
    real = projection.weight.astype(np.float64) * scaling.mantissas_per_volt
    rounded = scaling.step * np.rint(real / scaling.step)
    return np.asarray(rounded, dtype=np.int64)


def _projection(
    graph: NetworkGraph, projection: Projection, scaling: Scaling, numbers: NumberFormat
) -> QuantizedProjection:
    mantissa = _mantissas(projection, scaling)
    return QuantizedProjection(
        projection.source,
        projection.target,
        row_pointers(projection.pre, graph[projection.source].size),
        projection.post,
        projection.delay,
        mantissa,
        synaptic_weight(mantissa, scaling.exponent, numbers),
    )


def _threshold(population: Population, scaling: Scaling, numbers: NumberFormat) -> IntArray:
    # The chip fires above the threshold, the software at it: one less than the first whole step
    # of weights that reaches it, so that weights that add up to it exactly still fire.
    steps = population.v_threshold.astype(np.float64) * scaling.scale / numbers.unit
    return np.asarray(np.ceil(steps * (1 - 1e-9)) - 1, dtype=np.int64)


def _error(
    population: Population,
    scale: float,
    real: npt.NDArray[np.float64],
    weight: IntArray,
    integers: tuple[IntArray, IntArray | None, IntArray],
    numbers: NumberFormat,
) -> QuantizationError:
    decay, threshold, bias = integers
    threshold_error = 0.0
    if threshold is not None:
        wanted = population.v_threshold.astype(np.float64) * scale
        threshold_error = float(np.abs((threshold * numbers.unit + 1) / wanted - 1).max())
    return QuantizationError(
        population.name,
        *weight_error(population, real, weight / scale),
        threshold_max=threshold_error,
        decay_max=float(np.abs(1 - decay / numbers.decay_one - population.decay).max()),
        bias_max=float(np.abs(bias / scale - population.bias).max()),
    )


def _population(
    population: Population,
    scaling: Scaling,
    synapses: list[tuple[Projection, QuantizedProjection]],
    numbers: NumberFormat,
) -> QuantizedPopulation:
    decay = np.rint((1 - population.decay.astype(np.float64)) * numbers.decay_one).astype(np.int64)
    bias = np.rint(population.bias.astype(np.float64) * scaling.scale).astype(np.int64)
    threshold = _threshold(population, scaling, numbers) if population.kind == "lif" else None
    real = np.concatenate([p.weight.astype(np.float64) for p, _ in synapses] or [np.zeros(0)])
    weight = np.concatenate([q.weight for _, q in synapses] or [np.zeros(0, np.int64)])
    integers = (decay, threshold, bias)
    error = _error(population, scaling.scale, real, weight, integers, numbers)
    return QuantizedPopulation(population.name, scaling.scale, scaling.exponent, *integers, error)


def quantize_mantissas(
    graph: NetworkGraph,
    chip: Chip,
    numbers: NumberFormat,
    exponents: Mapping[str, int],
    spare_bits: Mapping[str, int],
) -> QuantizedGraph:
    """Turn a network into mantissas and exponents.

        mantissa = round(w * scale / (64 * 2^exponent))

    in even numbers where both signs occur (a bit is spent on the sign). The largest weight takes
    the largest mantissa, unless the threshold would not fit. The software's synapses hold no
    current, so the chip's forgets it in each step.

    Args:
        graph: the network.
        chip: the chip.
        numbers: its integers.
        exponents: exponent for the weights of a population, by its name; found by itself otherwise.
        spare_bits: bits that the potentials of a population keep free, see `find_scaling`.

    Returns:
        The network in integers, with the error of each population.

    Raises:
        HardwareError: no scale holds both the weights and the threshold of a population.
    """
    on_chip = [population for population in graph.order() if population.kind != "input"]
    for what, given in (("exponents", exponents), ("spare bits", spare_bits)):
        unknown = set(given) - {population.name for population in on_chip}
        if unknown:
            raise HardwareError(f"{what} are given for {sorted(unknown)}, not on the chip")
    scalings = {
        p.name: find_scaling(graph, p, numbers, exponents.get(p.name), spare_bits.get(p.name, 0))
        for p in on_chip
    }
    projections = tuple(
        _projection(graph, p, scalings[p.target], numbers) for p in graph.projections
    )
    pairs = list(zip(graph.projections, projections, strict=True))
    populations = {
        p.name: _population(
            p, scalings[p.name], [pair for pair in pairs if pair[0].target == p.name], numbers
        )
        for p in on_chip
    }
    return QuantizedGraph(graph, chip, populations, projections)
