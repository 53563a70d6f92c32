"""From a quantized torch network to its integers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from polychrony.snn.delays.base import Delayed
from polychrony.snn.delays.conv import DelayedConv2d
from polychrony.snn.errors import SnnError
from polychrony.snn.fixed_point import FixedPointLI, FixedPointLIF
from polychrony.snn.quantization.deploy import FRACTION_BITS, deployed
from polychrony.snn.quantization.integers import (
    IntArray,
    IntegerLayer,
    IntegerNetwork,
    IntegerNeurons,
    IntegerPool,
    IntegerSynapses,
)
from polychrony.snn.quantization.stages import Stage, Synapses, pair, stages, window
from polychrony.snn.quantization.weights import quantizer_of, whole_and_step


def _integers(values: Tensor) -> IntArray:
    return np.asarray(values.detach().round().to(torch.int64).cpu().numpy())


def _synapses(layer: Synapses, unit: Tensor) -> IntegerSynapses:
    whole, step = whole_and_step(layer)
    delay = layer.weight_delay if isinstance(layer, Delayed) else torch.zeros_like(whole)
    multiplier = _integers(step / unit.flatten())
    if isinstance(layer, DelayedConv2d):
        shape = (layer.stride, layer.padding, layer.groups)
        return IntegerSynapses(_integers(whole), _integers(delay), multiplier, *shape)
    if isinstance(layer, nn.Conv2d):
        shape = _even(layer)
        return IntegerSynapses(_integers(whole), _integers(delay), multiplier, *shape)
    flat = whole if whole.dim() == 3 else whole.unsqueeze(2)
    return IntegerSynapses(_integers(flat), _integers(delay).reshape(flat.shape), multiplier)


def _even(layer: nn.Conv2d) -> tuple[int, int, int]:
    """Stride, padding and groups of a convolution that is the same in both directions."""
    stride, padding = pair(layer.stride), pair(layer.padding)
    if len(set(stride)) > 1 or len(set(padding)) > 1 or pair(layer.dilation) != (1, 1):
        raise SnnError(f"{layer} has no form in integers: height and width have to be alike")
    return stride[0], padding[0], layer.groups


def _pool(stage: Stage) -> IntegerPool | None:
    pool = stage.pool
    if pool is None:
        return None
    return IntegerPool(window(pool), pair(pool.stride), isinstance(pool, nn.MaxPool2d))


def _neurons(stage: Stage, cells: FixedPointLIF | FixedPointLI) -> IntegerNeurons:
    unit = cells.unit
    bias = stage.synapses.bias
    counted = torch.zeros_like(unit) if bias is None else stage.spread(bias.detach()) / unit
    real: npt.NDArray[np.float64] = unit.cpu().numpy()
    decay = _integers(cells.decay.expand(unit.shape))
    if isinstance(cells, FixedPointLI):
        return IntegerNeurons(stage.name, decay, _integers(counted), None, 0, False, None, real)
    return IntegerNeurons(
        stage.name,
        decay,
        _integers(counted),
        _integers(cells.threshold),
        cells.levels,
        cells.nearest,
        None if cells.reset is None else _integers(cells.reset),
        real,
    )


def integers(network: nn.Module, fraction_bits: int = FRACTION_BITS) -> IntegerNetwork:
    """The integers of a network all of whose weights are quantized.

    `integer_inference` of them gives the spikes of `deployed(network)`, every one of them, and
    potentials that are its potentials in units.

    Args:
        network: as for `deployed`, or what that returned; not changed.
        fraction_bits: see `deployed`; without effect on what that returned.

    Returns:
        Weights as they were trained, and thresholds, biases, resets and decays as whole numbers.

    Raises:
        SnnError: a layer has no quantized weights, or the network no form in integers.
    """
    found = stages(network)
    for stage in found:
        if quantizer_of(stage.synapses) is None:
            raise SnnError(f"{stage.name}: its weights are not quantized; see quantize")
    if not isinstance(found[0].neurons, FixedPointLIF | FixedPointLI):
        found = stages(deployed(network, fraction_bits))
    layers = []
    for stage in found:
        cells = stage.neurons
        if not isinstance(cells, FixedPointLIF | FixedPointLI):
            raise SnnError(f"{stage.name}: {type(cells).__name__} is not in fixed point")
        back = None if stage.feedback is None else _synapses(stage.feedback, cells.unit)
        below = _synapses(stage.synapses, cells.unit)
        layers.append(IntegerLayer(below, _neurons(stage, cells), back, _pool(stage)))
    return IntegerNetwork(tuple(layers), found[0].neurons.dt)
