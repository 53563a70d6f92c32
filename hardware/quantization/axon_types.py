"""A few integer weights for each neuron, one per type of axon."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.numbers import AxonTypeNumbers
from polychrony.hardware.quantization.gather import (
    Synapses,
    all_projections,
    on_chip,
    stored,
    synapses_of,
    weight_error,
)
from polychrony.hardware.quantization.levels import best_levels, nearest
from polychrony.hardware.quantized import (
    AxonTypePopulation,
    QuantizationError,
    QuantizedGraph,
)
from polychrony.snn.graph import NetworkGraph, Population

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

_ROUNDING = 1e-6
"""Thresholds and weights are float32: what they lack by rounding must not cost a step."""


def _real_levels(population: Population, synapses: Synapses, types: int) -> FloatArray:
    """Best levels of each neuron, V, [N, types]: positive from the first, negative from the last.

    So the same types mean the same signs, and the extremes, everywhere.
    """
    levels = np.zeros((population.size, types))
    order = np.argsort(synapses.post, kind="stable")
    starts = np.searchsorted(synapses.post[order], np.arange(1, population.size))
    for mine, weights in zip(levels, np.split(synapses.weight[order], starts), strict=True):
        found = best_levels(weights, types)
        rising = int((found > 0).sum())
        mine[:rising] = found[:rising]
        mine[types - len(found) + rising :] = found[rising:]
    return levels


def _threshold(population: Population, scale: float) -> IntArray:
    wanted = population.v_threshold.astype(np.float64) * scale
    if population.v_reset is None:
        return np.maximum(np.rint(wanted), 1).astype(np.int64)
    return np.maximum(np.ceil(wanted * (1 - _ROUNDING)), 1).astype(np.int64)


def _scale(population: Population, levels: FloatArray, numbers: AxonTypeNumbers) -> float:
    """Units per V: of those that give the largest level half the range or more, the most exact.

    Where levels are exact, sums of them reach the next whole threshold when they reach the real
    one; so levels alone decide, and of equals the finest. With soft reset, thresholds and
    biases count as well, because what they lack stays in the potential.
    """
    threshold = float(population.v_threshold.max()) if population.kind == "lif" else 0.0
    largest = float(np.abs(levels).max(initial=0.0))
    largest = largest or float(np.abs(population.bias).max()) or threshold or 1.0
    # The potential must hold a full threshold and one weight beyond it.
    ceiling = numbers.state_max / (threshold + largest)
    top = np.arange(numbers.weight_max, numbers.weight_max // 2, -1)
    scales = np.unique(np.minimum(top / largest, ceiling))[::-1]
    added = [levels.ravel()]
    if population.kind == "lif" and population.v_reset is None:
        added += [population.v_threshold.astype(np.float64), population.bias.astype(np.float64)]
    exact = np.concatenate(added)
    off = np.array([np.square(np.rint(exact * s) / s - exact).sum() for s in scales])
    as_exact = off <= off.min() + np.square(_ROUNDING * largest)
    return float(scales[int(np.argmax(as_exact))])


def _leak(population: Population, threshold: IntArray | None, scale: float, top: int) -> IntArray:
    kept = population.decay.astype(np.float64)
    if threshold is None:
        if ((kept > 0) & (kept < 1)).any():
            raise HardwareError(
                f"{population.name}: a readout needs a decay of 0 or 1, because potentials of "
                "this chip leak by a constant; let the host run it"
            )
        return np.where(kept == 0, top, 0).astype(np.int64)
    leak = np.rint((1 - kept) * threshold).astype(np.int64)
    return np.where(kept == 0, top, leak)


def _decay_error(population: Population, threshold: IntArray | None, leak: IntArray) -> float:
    if threshold is None:
        return 0.0
    kept = np.maximum(1 - 2 * leak / threshold, 0)
    return float(np.abs(kept - population.decay).max())


def _population(
    population: Population, synapses: Synapses, numbers: AxonTypeNumbers
) -> tuple[AxonTypePopulation, IntArray, npt.NDArray[np.int8]]:
    real = _real_levels(population, synapses, numbers.axon_types)
    scale = _scale(population, real, numbers)
    levels = np.rint(real * scale).astype(np.int64)
    kind = nearest(synapses.weight * scale, levels[synapses.post])
    weight = np.where(kind < 0, 0, levels[synapses.post, np.maximum(kind, 0)])
    threshold = _threshold(population, scale) if population.kind == "lif" else None
    leak = _leak(population, threshold, scale, numbers.state_max)
    bias = np.rint(population.bias.astype(np.float64) * scale).astype(np.int64)
    off = 0.0
    if threshold is not None:
        off = float(np.abs(threshold / scale / population.v_threshold - 1).max())
    error = QuantizationError(
        population.name,
        *weight_error(population, synapses.weight, weight / scale),
        threshold_max=off,
        decay_max=_decay_error(population, threshold, leak),
        bias_max=float(np.abs(bias / scale - population.bias).max()),
    )
    reset = None if population.v_reset is None else round(population.v_reset * scale)
    quantized = AxonTypePopulation(
        population.name, scale, levels, threshold, leak, reset, bias, error
    )
    return quantized, weight, kind


def quantize_axon_types(
    graph: NetworkGraph, chip: Chip, numbers: AxonTypeNumbers
) -> QuantizedGraph:
    """Turn a network into binary synapses whose weight depends on the type of their axon.

    Each neuron keeps the integers that stand best for its weights (least squares, exact; no
    synapse is one more level for free), and each synapse gets the type of the nearest. A source
    needs an axon for each type that its synapses have. One scale per population: the largest level
    takes half the range of a weight or more, whichever makes levels and thresholds most exact.

    There is no exponential decay. The potential loses a constant of its magnitude in each step,
    (1 - decay) * threshold: as much as decay would take at threshold, and more below. `decay_max`
    compares the factor at half the threshold. Decays of 1 (no leak) and 0 (a leak that forgets
    every potential) are exact. The width of the leak is not published, so it has no limit here. A
    bias is added in each step as a second, signed constant.

    Thresholds are rounded up, since only whole potentials reach them; those that a soft reset
    subtracts to the nearest, since their error would add up over spikes. Levels, thresholds and
    biases that are whole at the chosen scale, with decays of 0 and 1, give the spikes of the
    software, whichever the reset.

    Args:
        graph: the network.
        chip: the chip.
        numbers: its integers.

    Returns:
        The network in integers, with the error of each population. Readouts stay real and run on
        the host, unless it can read potentials.

    Raises:
        HardwareError: every weight of a population is lost, or a readout on the chip would leak.
    """
    populations, projections = {}, {}
    for population in on_chip(graph, chip):
        synapses = synapses_of(graph, population.name)
        quantized, weight, kind = _population(population, synapses, numbers)
        populations[population.name] = quantized
        for i, mine, types in zip(
            synapses.places, synapses.parts(weight), synapses.parts(kind), strict=True
        ):
            projections[i] = stored(graph, graph.projections[i], mine, types)
    return QuantizedGraph(graph, chip, populations, all_projections(graph, projections))
