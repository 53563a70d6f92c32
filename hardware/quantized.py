"""A network in the integers of its chip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polychrony.hardware.arithmetic.loihi import NEVER
from polychrony.hardware.chip import Chip, NumberFormat
from polychrony.snn.graph import NetworkGraph

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class QuantizationError:
    """How far the integers of one population are from the numbers it was trained with.

    Args:
        population: its name.
        weight_max: largest error of a weight, as a fraction of the largest weight.
        weight_rms: root mean square of the errors, as a fraction of the largest weight.
        weights_lost: weights that became 0.
        threshold_max: largest error of a threshold, as a fraction of that threshold.
        decay_max: largest error of a decay factor per step.
        bias_max: largest error of a bias, V.
    """

    population: str
    weight_max: float
    weight_rms: float
    weights_lost: int
    threshold_max: float
    decay_max: float
    bias_max: float


@dataclass(frozen=True, eq=False)
class QuantizedPopulation:
    """Neurons in the integers of the chip.

    Args:
        name: as in the graph.
        scale: units of the chip per V.
        exponent: exponent shared by the weights of its synapses.
        decay_v: decay of the potential, of 4096, [N].
        threshold: mantissa, [N]; the neuron fires above 64 times this. None if it never fires.
        bias: units per step, [N].
        error: distance from the real numbers.
    """

    name: str
    scale: float
    exponent: int
    decay_v: IntArray
    threshold: IntArray | None
    bias: IntArray
    error: QuantizationError

    def threshold_units(self, numbers: NumberFormat) -> IntArray:
        """Potential above which each neuron fires, units, [N]."""
        if self.threshold is None:
            return np.full(len(self.bias), NEVER)
        return self.threshold * numbers.unit


@dataclass(frozen=True, eq=False)
class QuantizedProjection:
    """Synapses in the integers of the chip, sorted by source neuron.

    Args:
        source: name of the population that spikes.
        target: name of the population that receives.
        row_ptr: start of each source neuron's synapses, [N_in + 1].
        post: target neuron of each synapse, [S].
        delay: steps, [S].
        mantissa: stored weight, [S].
        weight: what a spike adds to the current, units, [S].
    """

    source: str
    target: str
    row_ptr: IntArray
    post: npt.NDArray[np.int32]
    delay: npt.NDArray[np.int32]
    mantissa: IntArray
    weight: IntArray


@dataclass(frozen=True, eq=False)
class QuantizedGraph:
    """A network as the chip holds it.

    Args:
        graph: the real network.
        chip: the chip.
        populations: every population but the inputs, by name.
        projections: in the order of the graph's.
    """

    graph: NetworkGraph
    chip: Chip
    populations: Mapping[str, QuantizedPopulation]
    projections: tuple[QuantizedProjection, ...]

    @property
    def errors(self) -> tuple[QuantizationError, ...]:
        """Distance from the real numbers, one entry per population."""
        return tuple(population.error for population in self.populations.values())
