"""Which layer of a network gets how many bits."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import torch
from torch import nn

from polychrony.snn.delays.base import Delayed
from polychrony.snn.errors import SnnError
from polychrony.snn.learning.network import BlockNetwork
from polychrony.snn.learning.standardized import (
    StandardizedConv2d,
    StandardizedLinear,
    parametrized,
)
from polychrony.snn.lif import LIF
from polychrony.snn.multi_bit import MultiBitLIF, Rounding, check_bits
from polychrony.snn.network import SpikingNetwork
from polychrony.snn.quantization.grids import grid_of
from polychrony.snn.quantization.weights import quantizer_of, register
from polychrony.snn.spiking import SpikingNeurons

Per = Literal["tensor", "channel"]
GridName = Literal["uniform", "power-of-two", "loihi"]
N = TypeVar("N", bound=nn.Module)

SYNAPSES = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, Delayed)


@dataclass(frozen=True)
class LayerBits:
    """Bits of a layer.

    Args:
        weights: bits of a weight, 1 to 8; None leaves weights as they are.
        spikes: bits of a spike, 1 to 8; 1 and None leave neurons as they are.
        per: one step for all weights of a layer, or one for each output.
        grid: `"uniform"`, `"power-of-two"` or `"loihi"`; see `polychrony.snn.quantization.grids`.
        rounding: how multi-bit spikes are rounded, see `MultiBitLIF`.
    """

    weights: int | None = 8
    spikes: int | None = None
    per: Per = "channel"
    grid: GridName = "uniform"
    rounding: Rounding = "nearest"

    def __post_init__(self) -> None:
        if self.per not in ("tensor", "channel"):
            raise SnnError(f"per is {self.per!r}; use 'tensor' or 'channel'")
        for what, bits in (("weights", self.weights), ("spikes", self.spikes)):
            if bits is not None:
                check_bits(bits, what)
        grid_of(self.grid, self.weights or 1)


def quantize(
    network: N,
    weights: int | None = 8,
    spikes: int | None = None,
    per: Per = "channel",
    grid: GridName = "uniform",
    rounding: Rounding = "nearest",
    layers: Mapping[str, Mapping[str, Any]] | None = None,
) -> N:
    """Let a network train with weights and spikes of a few bits, in place.

    Weights of `nn.Linear`, `nn.Conv*` and every layer with delays become whole numbers times a
    learned step (`QuantizedWeight`); `LIF` neurons become `MultiBitLIF` of the same threshold, time
    constant and surrogate where spikes have 2 bits or more, and reset softly from then on.
    Standardised layers become torch's own, whose weights are standardised and then quantized.
    Potentials of the readout of a `SpikingNetwork` or a `BlockNetwork` are compared with each
    other, so its weights share one step whatever `per` says.

    Args:
        network: the network, on which nothing is quantized yet.
        weights: see `LayerBits`, as the following.
        spikes: bits of a spike.
        per: what shares a step.
        grid: whole numbers that weights can be.
        rounding: of multi-bit spikes.
        layers: other values for some modules, as `{"hidden.0": {"weights": 8, "spikes": 1}}`: by
            the name of a module in `network.named_modules()` or of one that holds it; the longest
            name that fits decides.

    Returns:
        The network itself.

    Raises:
        SnnError: an argument is out of its range, a name fits nothing, or a module cannot be
            quantized.
    """
    base = LayerBits(weights, spikes, per, grid, rounding)
    own = {name: _changed(base, name, change) for name, change in (layers or {}).items()}
    modules = dict(network.named_modules())
    targets = {name: each for name, each in modules.items() if _is_target(each)}
    for name in own:
        if not any(_covers(name, target) for target in targets):
            known = ", ".join(repr(target) for target in targets)
            raise SnnError(f"layers names {name!r}, which fits no layer of the network: {known}")
    readout = _readout(network)
    for name, module in targets.items():
        fits = [own[key] for key in sorted(own, key=len) if _covers(key, name)]
        bits = fits[-1] if fits else base
        if isinstance(module, SpikingNeurons):
            _quantize_spikes(network, name, module, bits)
        elif bits.weights is not None:
            share = bits.per == "tensor" or module is readout
            layer = _with_own_weight(network, name, module)
            register(layer, grid_of(bits.grid, bits.weights), not share)
    return network


def is_quantized(network: nn.Module) -> bool:
    """Whether any weight of a network is quantized, or any spike has several bits."""
    return any(
        isinstance(module, MultiBitLIF) or quantizer_of(module) is not None
        for module in network.modules()
    )


def _covers(key: str, name: str) -> bool:
    return name == key or name.startswith(f"{key}.")


def _changed(base: LayerBits, name: str, change: Mapping[str, Any]) -> LayerBits:
    known = {field.name for field in dataclasses.fields(LayerBits)}
    if not isinstance(change, Mapping) or not set(change) <= known:
        raise SnnError(f"layers[{name!r}] is {change!r}; it may set {', '.join(sorted(known))}")
    return dataclasses.replace(base, **change)


def _is_target(module: nn.Module) -> bool:
    return isinstance(module, (*SYNAPSES, SpikingNeurons))


def _readout(network: nn.Module) -> nn.Module | None:
    if isinstance(network, SpikingNetwork):
        return network.readout_synapses
    return network.readout if isinstance(network, BlockNetwork) else None


def _with_own_weight(network: nn.Module, name: str, module: nn.Module) -> nn.Module:
    """The layer whose `weight` is what it computes with, put in place of a standardised one."""
    if not isinstance(module, StandardizedLinear | StandardizedConv2d):
        return module
    made = parametrized(module)
    _replace(network, name, made)
    return made


def _replace(network: nn.Module, name: str, module: nn.Module) -> None:
    above, _, last = name.rpartition(".")
    if not last:
        raise SnnError("a layer cannot replace itself; quantize what holds it")
    setattr(network.get_submodule(above), last, module)


def _quantize_spikes(
    network: nn.Module, name: str, neurons: SpikingNeurons, bits: LayerBits
) -> None:
    if bits.spikes is None or bits.spikes == 1:
        return
    if not isinstance(neurons, LIF):
        raise SnnError(f"{name}: {type(neurons).__name__} has no multi-bit form; use LIF")
    _replace(network, name, _multi_bit(neurons, bits.spikes, bits.rounding))


def _multi_bit(neurons: LIF, bits: int, rounding: Rounding) -> MultiBitLIF:
    made = MultiBitLIF(
        neurons.dt,
        neurons.dt,
        bits,
        neurons.v_threshold,
        rounding,
        neurons.surrogate,
        neurons.detach_reset,
    )
    with torch.no_grad():
        made.decay = neurons.decay.clone()
    return made.train(neurons.training)
