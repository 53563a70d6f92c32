"""A network in the numbers of its chip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.arithmetic.loihi import NEVER
from polychrony.hardware.chip import Chip
from polychrony.hardware.numbers import NumberFormat
from polychrony.snn.graph import NetworkGraph

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class QuantizationError:
    """How far the chip's numbers of one population are from those it was trained with.

    Args:
        population: its name.
        weight_max: largest error of a weight, as a fraction of the largest weight.
        weight_rms: root mean square of the errors, as a fraction of the largest weight.
        weights_lost: weights that became 0; where synapses have types, they are not stored.
        threshold_max: largest error of a threshold, as a fraction of that threshold.
        decay_max: largest error of a decay factor per step.
        bias_max: largest error of a bias, V.
        delay_max: largest error of a delay, steps.
    """

    population: str
    weight_max: float
    weight_rms: float
    weights_lost: int
    threshold_max: float
    decay_max: float
    bias_max: float
    delay_max: int = 0


@dataclass(frozen=True, eq=False)
class QuantizedPopulation:
    """Neurons of a chip whose weights are mantissas with an exponent.

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
class AxonTypePopulation:
    """Neurons of a chip whose axons have types.

    Args:
        name: as in the graph.
        scale: units of the chip per V.
        levels: weight of each neuron for each type of axon, units, [N, types]; 0 is unused.
        threshold: the neuron fires at this potential, units, [N]. None if it never fires.
        leak: what the potential loses of its magnitude in each step, units, [N].
        reset: potential after a spike, units; None if the threshold is subtracted.
        bias: constant input, units per step, [N].
        error: distance from the real numbers.
    """

    name: str
    scale: float
    levels: IntArray
    threshold: IntArray | None
    leak: IntArray
    reset: int | None
    bias: IntArray
    error: QuantizationError


@dataclass(frozen=True, eq=False)
class AnalogPopulation:
    """Analog neurons, as their circuits turned out.

    Args:
        name: as in the graph.
        levels: weight of each type of synapse as it is set, V, [types]; 0 is unused.
        threshold: V, [N]. None if the neurons never fire.
        tau: time constant of the membrane, s, [N]; infinite where nothing leaks.
        v_inf: potential that a neuron without input comes to, V, [N].
        refractory: time after a spike in which a neuron holds still and loses its input, s.
        error: distance from the real numbers, mismatch included.
    """

    name: str
    levels: FloatArray
    threshold: FloatArray | None
    tau: FloatArray
    v_inf: FloatArray
    refractory: float
    error: QuantizationError


AnyPopulation = QuantizedPopulation | AxonTypePopulation | AnalogPopulation
"""Neurons in the numbers of one of the three arithmetics."""


@dataclass(frozen=True, eq=False)
class QuantizedProjection:
    """Synapses in the numbers of the chip, sorted by source neuron like the graph's.

    Args:
        source: name of the population that spikes.
        target: name of the population that receives.
        row_ptr: start of each source neuron's synapses, [N_in + 1].
        post: target neuron of each synapse, [S].
        delay: steps, [S].
        mantissa: stored weight, [S]; None where a type is stored in its place.
        weight: what a spike adds, [S]: units (integers) on a digital chip, V on an analog one and
            for a population on the host.
        axon_type: type of the axon or synapse, [S]; -1 is a synapse that the chip does not hold.
            None where synapses have no type.
    """

    source: str
    target: str
    row_ptr: IntArray
    post: npt.NDArray[np.int32]
    delay: npt.NDArray[np.int32]
    mantissa: IntArray | None
    weight: npt.NDArray[Any]
    axon_type: npt.NDArray[np.int8] | None = None

    @property
    def n_dropped(self) -> int:
        """Synapses of the graph that the chip does not hold."""
        return 0 if self.axon_type is None else int((self.axon_type < 0).sum())


@dataclass(frozen=True, eq=False)
class QuantizedGraph:
    """A network as the chip holds it.

    Args:
        graph: the real network.
        chip: the chip.
        populations: every population on the chip, by name: not the inputs, and not the readouts
            where the host cannot read potentials, for those run on the host.
        projections: in the order of the graph's.
    """

    graph: NetworkGraph
    chip: Chip
    populations: Mapping[str, AnyPopulation]
    projections: tuple[QuantizedProjection, ...]

    @property
    def on_host(self) -> tuple[str, ...]:
        """Populations that the host runs in software, in real numbers."""
        return tuple(
            population.name
            for population in self.graph
            if population.kind != "input" and population.name not in self.populations
        )

    @property
    def errors(self) -> tuple[QuantizationError, ...]:
        """Distance from the real numbers, one entry per population."""
        return tuple(population.error for population in self.populations.values())

    @property
    def axon_types(self) -> tuple[npt.NDArray[np.int8] | None, ...]:
        """Type of each synapse per projection; -1 where none is left, None where there are none."""
        return tuple(projection.axon_type for projection in self.projections)
