"""Synapses of torch layers, and the operations that an input costs."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from polychrony.hardware.errors import HardwareError

Connection = nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d
COUNTED = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
_UNCOUNTED = (nn.RNNBase, nn.RNNCellBase, nn.Bilinear, nn.MultiheadAttention)
_CONVOLUTIONS = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}


class Operations(NamedTuple):
    """Operations of the synapses of a layer in one call."""

    effective: int
    """Where weight and input are other than 0."""
    dense: int
    """If none of them were 0."""
    spiking: bool
    """Whether all inputs are -1, 0 or 1, so that adding is enough."""


def connections(network: nn.Module) -> list[Connection]:
    """Linear and convolutional layers of a network.

    Args:
        network: the network.

    Raises:
        HardwareError: it has layers whose operations would go uncounted.
    """
    for name, module in network.named_modules():
        where = f"{name or 'the network'} is a {type(module).__name__}"
        if hasattr(module, "weight_delay"):
            raise HardwareError(f"{where}; delays are counted on the graph of a network, of_graph")
        if isinstance(module, _UNCOUNTED):
            raise HardwareError(
                f"{where}, whose operations are not counted; linear and convolutional layers are"
            )
        if getattr(module, "padding_mode", "zeros") != "zeros":
            raise HardwareError(f"{where} that pads with more than zeros, which is not counted")
    return [module for module in network.modules() if isinstance(module, COUNTED)]


@torch.no_grad()
def operations(layer: Connection, x: Tensor) -> Operations:
    """Operations of one call of a layer; those of its bias do not count.

    Args:
        layer: the layer.
        x: its input.
    """
    used = x != 0
    spiking = not bool((used & (x.abs() != 1)).any())
    weight = (layer.weight != 0).double()
    effective = _reached(layer, weight, used.double())
    dense = _reached(layer, torch.ones_like(weight), torch.ones_like(x, dtype=torch.float64))
    return Operations(effective, dense, spiking)


def _reached(layer: Connection, weight: Tensor, x: Tensor) -> int:
    """Sum of a layer's output without bias; float64 holds whole numbers up to 2^53 exactly."""
    if isinstance(layer, nn.Linear):
        return int((x.reshape(-1, x.shape[-1]).sum(0) * weight.sum(0)).sum())
    convolve: Any = _CONVOLUTIONS[weight.dim() - 2]
    shape = layer.stride, layer.padding, layer.dilation, layer.groups
    return int(convolve(x, weight, None, *shape).sum())
