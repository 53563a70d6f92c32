"""Networks with the bits that a configuration asks for."""

from __future__ import annotations

from typing import Any, TypeVar

from polychrony.experiments.bits import parse_layer_bits
from polychrony.experiments.config import NetworkConfig
from polychrony.snn import SpikingNetwork
from polychrony.snn.learning import BlockNetwork
from polychrony.snn.quantization import quantize

N = TypeVar("N", SpikingNetwork, BlockNetwork)


def with_bits(network: N, asked: NetworkConfig) -> N:
    """The network, quantized in place where bits are asked for; see `check_bits`."""
    if not asked.weight_bits and asked.spike_bits == 1:
        return network
    hidden = "hidden" if isinstance(network, SpikingNetwork) else "layers"
    output = "readout_synapses" if isinstance(network, SpikingNetwork) else "readout"
    layers: dict[str, dict[str, Any]] = {
        output if layer == "output" else f"{hidden}.{_index(layer)}": dict(bits)
        for layer, bits in parse_layer_bits(asked.layer_bits, len(network.blocks)).items()
    }
    bits = asked.weight_bits or None, asked.spike_bits
    return quantize(network, *bits, asked.per, asked.grid, layers=layers)


def _index(layer: str) -> int:
    return int(layer.removeprefix("hidden")) - 1
