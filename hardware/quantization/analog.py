"""A few analog weights for each population, and circuits that depart from them."""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.numbers import AnalogNumbers
from polychrony.hardware.quantization.gather import (
    Synapses,
    all_projections,
    on_chip,
    stored,
    synapses_of,
    weight_error,
)
from polychrony.hardware.quantization.levels import best_levels, nearest
from polychrony.hardware.quantized import AnalogPopulation, QuantizationError, QuantizedGraph
from polychrony.snn.graph import NetworkGraph, Population

FloatArray = npt.NDArray[np.float64]

REFRACTORY = 0.9
"""Refractory period, steps: a neuron fires once a step at most, as in the software."""

FORGETFUL = 1e-3
"""Time constant that stands for a decay of 0, steps: nothing is left of a potential after one."""


class _Spread:
    """Circuits that are set alike and turn out differently."""

    def __init__(self, cv: float, seed: int) -> None:
        self.cv, self.seed = cv, seed

    def __call__(self, values: FloatArray, what: str) -> FloatArray:
        """Values as they turn out; `what` names the circuits, so that each kind draws its own."""
        # The name stands for the circuits: another population beside them changes nothing.
        entropy = [self.seed, zlib.crc32(what.encode())]
        seed = int(np.random.SeedSequence(entropy).generate_state(1)[0])
        from polychrony.hardware.arithmetic.dynapse import mismatched

        return mismatched(values, np.arange(len(values)), self.cv, seed)


def _levels(synapses: Synapses, numbers: AnalogNumbers) -> FloatArray:
    levels = np.zeros(numbers.synapse_types)
    raising = numbers.excitatory_types
    up = best_levels(synapses.weight[synapses.weight > 0], raising) if raising else np.zeros(0)
    lowering = numbers.synapse_types - raising
    down = best_levels(synapses.weight[synapses.weight < 0], lowering) if lowering else np.zeros(0)
    levels[: len(up)] = up
    levels[raising : raising + len(down)] = down
    return levels


def _time_constant(population: Population, dt: float) -> FloatArray:
    decay = population.decay.astype(np.float64)
    with np.errstate(divide="ignore"):
        return np.where(decay > 0, dt / np.abs(np.log(decay)), FORGETFUL * dt)


def _resting(population: Population) -> FloatArray:
    decay, bias = population.decay.astype(np.float64), population.bias.astype(np.float64)
    if ((decay == 1) & (bias != 0)).any():
        raise HardwareError(
            f"{population.name}: a neuron without leak (decay 1) cannot have a bias here, for its "
            "potential would come to no value; train with a decay below 1 or without a bias"
        )
    return np.where(bias == 0, 0.0, bias / np.where(decay == 1, 1.0, 1 - decay))


def _population(
    population: Population, synapses: Synapses, dt: float, numbers: AnalogNumbers, spread: _Spread
) -> tuple[AnalogPopulation, FloatArray, npt.NDArray[np.int8]]:
    name = population.name
    levels = _levels(synapses, numbers)
    kind = nearest(synapses.weight, levels)
    weight = spread(np.where(kind < 0, 0.0, levels[kind]), f"{name}: weights")
    tau = spread(_time_constant(population, dt), f"{name}: time constants")
    resting = _resting(population)
    threshold, off = None, 0.0
    if population.kind == "lif":
        set_to = population.v_threshold.astype(np.float64)
        threshold = spread(set_to, f"{name}: thresholds")
        off = float(np.abs(threshold / set_to - 1).max())
    kept = np.exp(-dt / tau)
    error = QuantizationError(
        name,
        *weight_error(population, synapses.weight, weight),
        threshold_max=off,
        decay_max=float(np.abs(kept - population.decay).max()),
        bias_max=float(np.abs(resting * (1 - kept) - population.bias).max()),
    )
    quantized = AnalogPopulation(name, levels, threshold, tau, resting, REFRACTORY * dt, error)
    return quantized, weight, kind


def quantize_analog(
    graph: NetworkGraph, chip: Chip, numbers: AnalogNumbers, mismatch: float, seed: int
) -> QuantizedGraph:
    """Turn a network into analog neurons with a few weights per population.

    The weights of each sign become the levels that stand best for them (least squares, exact; no
    synapse is one more level for free). tau = -dt / ln(decay), v_inf = bias / (1 - decay).
    Weights, time constants and thresholds of all circuits then depart from what they are set to.

    Assumed: a core holds neurons of one population, so that they share levels; neurons are
    refractory for 0.9 steps, so that they fire at most once a step; a decay of 0 is a time
    constant of a thousandth of a step; a resting potential v_inf is set exactly.

    Args:
        graph: the network.
        chip: the chip.
        numbers: what its analog cores can set.
        mismatch: coefficient of variation between circuits that are set alike.
        seed: which of all possible chips it is.

    Returns:
        The network as the chip holds it, with the error of each population. Readouts stay as they
        were trained and run on the host, unless it can read potentials.

    Raises:
        HardwareError: every weight of a population is lost, mismatch is negative, or a neuron has
            a bias and no leak.
    """
    if not mismatch >= 0:
        raise HardwareError(f"mismatch is {mismatch}; a coefficient of variation is 0 or above")
    populations, projections = {}, {}
    spread = _Spread(mismatch, seed)
    for population in on_chip(graph, chip):
        synapses = synapses_of(graph, population.name)
        quantized, weight, kind = _population(population, synapses, graph.dt, numbers, spread)
        populations[population.name] = quantized
        for i, mine, types in zip(
            synapses.places, synapses.parts(weight), synapses.parts(kind), strict=True
        ):
            projections[i] = stored(graph, graph.projections[i], mine, types)
    return QuantizedGraph(graph, chip, populations, all_projections(graph, projections))
