"""A trained network as a digital chip computes it, still in torch."""

from __future__ import annotations

import copy
import math
from itertools import pairwise
from typing import TypeVar

import torch
from torch import Tensor, nn

from polychrony.snn.delays.base import Delayed
from polychrony.snn.errors import SnnError
from polychrony.snn.fixed_point import DECAY_BITS, LARGEST, FixedPointLI, FixedPointLIF
from polychrony.snn.li import LI
from polychrony.snn.lif import LIF
from polychrony.snn.multi_bit import MultiBitLIF
from polychrony.snn.network import SpikingNetwork
from polychrony.snn.quantization.stages import Cells, Stage, stages, window
from polychrony.snn.quantization.weights import quantizer_of, set_grid, whole_and_step

N = TypeVar("N", bound=nn.Module)

FRACTION_BITS = 8
"""A step of a weight is 2^8 units of potential."""

STEP_BITS = 16
"""Significant bits of a step, so that float32 holds n * step for every n of 8 bits."""


def deployed(network: N, fraction_bits: int = FRACTION_BITS) -> N:
    """What the integers of a quantized network compute, in torch.

    Delays become integers, batch normalisation moves into steps and biases, and neurons count in
    units of their own: u_j = step_j / 2^fraction_bits, the finest step of the synapses that meet
    there. Thresholds, resets and biases become whole numbers of units, decays fractions of 4096
    that round towards 0 (`FixedPointLIF`), and steps keep 16 significant bits. Weights stay the
    whole numbers that they were trained to. A pool that averages adds instead, and the next steps
    are smaller by as much. Layers without quantized weights stay as
    `SpikingNetwork.discretize` leaves them.

    Args:
        network: a `SpikingNetwork`, a `BlockNetwork`, or an `nn.Sequential` of synapses and
            neurons; not changed.
        fraction_bits: see above, 0 to 16.

    Returns:
        The network, in evaluation mode and without gradients; an `nn.Sequential` takes float64.

    Raises:
        SnnError: the network has parts without a form in integers.
    """
    if not 0 <= fraction_bits <= 16:
        raise SnnError(f"fraction_bits is {fraction_bits}; use 0 to 16")
    ready = copy.deepcopy(network).eval()
    with torch.no_grad():
        found = stages(ready)
        for before, stage in pairwise(found):
            _add_up(before, stage)
        for stage in found:
            if quantizer_of(stage.synapses) is not None:
                _fold(stage)
                _fix(stage, fraction_bits)
        for module in ready.modules():
            if isinstance(module, Delayed):
                module.discretize()
    if isinstance(ready, SpikingNetwork):
        ready.discretize()
    return ready


def _add_up(stage: Stage, after: Stage) -> None:
    """Let a pool that averages spikes add them, where the next weights can make up for it."""
    pool = stage.pool
    if not isinstance(pool, nn.AvgPool2d) or quantizer_of(after.synapses) is None:
        return
    whole, step = whole_and_step(after.synapses)
    set_grid(after.synapses, whole, step / (pool.divisor_override or math.prod(window(pool))))
    pool.divisor_override = 1


def _fold(stage: Stage) -> None:
    """Move the batch normalisation into steps, signs and bias."""
    found = stage.norm()
    if found is None or stage.block is None:
        return
    scale, shift = found
    whole, step = whole_and_step(stage.synapses)
    if stage.synapses.bias is not None:
        shift = shift + stage.synapses.bias.double() * scale
    # A factor of 0 would leave no step. Beside its neighbours, one of 2^-12 is as good as none.
    size = scale.abs()
    size = size.clamp_min(float(size.max()) * 2.0**-12 or 1.0)
    turned = torch.where(scale < 0, -1, 1).view(-1, *[1] * (whole.dim() - 1))
    set_grid(stage.synapses, whole * turned, step * size)
    stage.synapses.bias = nn.Parameter(shift)
    stage.block.norm = nn.Identity()


def _fix(stage: Stage, fraction_bits: int) -> None:
    """Put steps, bias and neurons on the grid of potentials."""
    layers: list[nn.Module] = [stage.synapses]
    if stage.feedback is not None:
        if quantizer_of(stage.feedback) is None:
            raise SnnError(f"{stage.name}: feedback has no quantized weights, its input has")
        layers.append(stage.feedback)
    found = [whole_and_step(layer) for layer in layers]
    steps = torch.stack([_short(step) for _, step in found])
    finest = steps.min() if isinstance(stage.neurons, LI) else steps.min(0).values
    unit = (finest / 2**fraction_bits).expand(steps.shape[1])
    for layer, (whole, _), step in zip(layers, found, steps, strict=True):
        set_grid(layer, whole, (step / unit).round() * unit)
    bias = stage.synapses.bias
    if bias is not None:
        stage.synapses.bias = nn.Parameter((bias.double() / unit).round() * unit)
    stage.replace(_cells(stage, stage.neurons, unit))


def _short(step: Tensor) -> Tensor:
    """Steps with few significant bits."""
    mantissa, exponent = torch.frexp(step)
    return torch.ldexp((mantissa * 2**STEP_BITS).round() / 2**STEP_BITS, exponent)


def _cells(stage: Stage, cells: Cells, unit: Tensor) -> Cells:
    if isinstance(cells, LIF | MultiBitLIF | LI):
        decay = (cells.decay.double() * 2**DECAY_BITS).round()
        spread = stage.spread(unit)
        if isinstance(cells, LI):
            return FixedPointLI(cells.dt, decay, spread)
        counted = cells.v_threshold / spread
        if isinstance(cells, MultiBitLIF):
            threshold = counted.round().clamp(1, LARGEST)
            nearest = cells.rounding == "nearest"
            return FixedPointLIF(cells.dt, decay, threshold, spread, cells.levels, nearest)
        # A potential that adds up to the threshold exactly still fires.
        threshold = (counted * (1 - 1e-9)).ceil().clamp(1, LARGEST)
        if cells.v_reset is None:
            return FixedPointLIF(cells.dt, decay, threshold, spread)
        reset = (cells.v_reset / spread).round().clamp(-LARGEST, LARGEST)
        return FixedPointLIF(cells.dt, decay, threshold, spread, reset=reset)
    raise SnnError(f"{stage.name}: {type(cells).__name__} has no form in integers; use LIF")
