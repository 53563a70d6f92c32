"""Networks with the bits that a configuration asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from polychrony.experiments.bits import GridName, Per, parse_layer_bits
from polychrony.snn import SpikingNetwork
from polychrony.snn.quantization import quantize


def with_bits(
    network: SpikingNetwork,
    weight_bits: int,
    spike_bits: int,
    per: Per,
    grid: GridName,
    layer_bits: Sequence[str],
) -> SpikingNetwork:
    """The network, quantized in place where bits are asked for; see `check_bits` for arguments."""
    if not weight_bits and spike_bits == 1:
        return network
    layers: dict[str, dict[str, Any]] = {
        _module(layer): dict(bits)
        for layer, bits in parse_layer_bits(layer_bits, len(network.blocks)).items()
    }
    return quantize(network, weight_bits or None, spike_bits, per, grid, layers=layers)


def _module(layer: str) -> str:
    if layer == "output":
        return "readout_synapses"
    return f"hidden.{int(layer.removeprefix('hidden')) - 1}"
