"""From a quantized network to the graph that hardware takes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from polychrony.snn.errors import SnnError
from polychrony.snn.graph import NetworkGraph, Population, Projection, Resolution
from polychrony.snn.learning.network import BlockNetwork
from polychrony.snn.network import SpikingNetwork
from polychrony.snn.quantization.export import integers
from polychrony.snn.quantization.integers import IntegerLayer, IntegerNeurons, IntegerSynapses

FloatArray = npt.NDArray[np.float64]


def quantized_graph(network: SpikingNetwork | BlockNetwork) -> NetworkGraph:
    """Graph of a network all of whose weights are quantized.

    Spikes simulated from it equal those of `deployed(network)`. Each hidden neuron counts in steps
    of its own weights, so that 1 V stands for a step there, weights are the whole numbers that were
    trained, and what differs between neurons is their threshold; the readout keeps its V.

    Args:
        network: the network; not changed.

    Raises:
        SnnError: a layer has no quantized weights, or neurons reset to another potential than 0; or
            a block is convolutional or pools.
    """
    exported = integers(network)
    for layer in exported.layers:
        if layer.synapses.stride is not None or layer.pool is not None:
            raise SnnError(
                f"{layer.neurons.name} has maps or pooling; graphs hold blocks of linear synapses "
                "without pooling"
            )
    first = exported.layers[0].synapses.weight
    populations = [Population("input", first.shape[1], "input")]
    projections = []
    for layer in exported.layers:
        below, cells = populations[-1].name, layer.neurons
        unit = _unit(layer)
        projections.append(_projection(below, cells.name, layer.synapses, unit))
        if layer.feedback is not None:
            projections.append(_projection(cells.name, cells.name, layer.feedback, unit, 1))
        populations.append(_population(layer, unit))
    return NetworkGraph(tuple(populations), tuple(projections), exported.dt)


def _unit(layer: IntegerLayer) -> float:
    """One unit of potential as the graph counts it, V."""
    if layer.neurons.threshold is None:
        return float(layer.neurons.unit.flat[0])
    least = [each.multiplier.min() for each in (layer.synapses, layer.feedback) if each is not None]
    return 1.0 / float(min(least))


def _projection(
    source: str, target: str, synapses: IntegerSynapses, unit: float, later: int = 0
) -> Projection:
    steps: FloatArray = np.multiply(synapses.multiplier, unit, dtype=np.float64)
    weight = synapses.weight * steps[:, np.newaxis, np.newaxis]
    return Projection.from_dense(source, target, weight, synapses.delay + later)


def _population(layer: IntegerLayer, unit: float) -> Population:
    cells = layer.neurons
    size = len(layer.synapses.multiplier)
    decay, bias = (cells.decay / 4096).astype(np.float32), (cells.bias * unit).astype(np.float32)
    step = _step(layer, unit)
    if cells.threshold is None:
        counted = Resolution(unit, step)
        return Population(cells.name, size, "li", decay=decay, bias=bias, resolution=counted)
    return Population(
        cells.name,
        size,
        "lif",
        decay=decay,
        bias=bias,
        v_threshold=(cells.threshold * unit).astype(np.float32),
        v_reset=_reset(cells),
        resolution=Resolution(unit, step, cells.levels, cells.nearest),
    )


def _step(layer: IntegerLayer, unit: float) -> float | None:
    """The step that all weights of a population have in common, V."""
    multipliers = [layer.synapses.multiplier]
    if layer.feedback is not None:
        multipliers.append(layer.feedback.multiplier)
    found = np.unique(np.concatenate(multipliers))
    return float(found[0]) * unit if len(found) == 1 else None


def _reset(cells: IntegerNeurons) -> float | None:
    if cells.reset is None:
        return None
    if cells.reset.any():
        raise SnnError(
            f"{cells.name}: quantized neurons count in steps of their own, so a graph holds a "
            "reset to 0 V or a soft one; train with v_reset=0.0 or None"
        )
    return 0.0
