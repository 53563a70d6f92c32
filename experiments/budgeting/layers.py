"""The layers of a network whose bits are varied, whatever kind of network it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from polychrony.experiments.data import Samples
from polychrony.experiments.evaluation import batches
from polychrony.experiments.models import Network
from polychrony.hardware.bitbudget import Widths, convolution
from polychrony.snn import readout_loss
from polychrony.snn.learning import BlockNetwork
from polychrony.snn.learning.signals import losses_of
from polychrony.snn.quantization import deployed
from polychrony.snn.quantization.stages import pair

Loss = Callable[[Tensor, Tensor], Tensor]


def synapses_of(network: Network) -> list[list[nn.Module]]:
    """Synapses of each hidden layer, those among its neurons included, and of the output."""
    if not isinstance(network, BlockNetwork):
        return [[layer] for layer in network.delayed_layers]
    hidden = [
        [each for each in (block.synapses, block.recurrent) if each is not None]
        for block in network.blocks
    ]
    return [*hidden, [network.readout]]


def loss_of(network: Network) -> Loss:
    """Mean loss of potentials [T, B, C] and labels [B], as the network is trained."""
    if not isinstance(network, BlockNetwork):
        return readout_loss

    def loss(potential: Tensor, labels: Tensor) -> Tensor:
        target = nn.functional.one_hot(labels, potential.shape[2]).to(potential.dtype)
        return losses_of(potential, target, "softmax").mean()

    return loss


def macs_of(network: Network, frame: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Synapses that a step computes: of each layer from below, and among the neurons of each.

    Args:
        network: the network.
        frame: shape of a step of its data.
    """
    if not isinstance(network, BlockNetwork):
        return tuple(each.n_synapses for each in network.delayed_layers), ()
    outer, inner = [], []
    shapes = network.frame_shapes(frame)
    for block, (given, spikes, _) in zip(network.blocks, shapes, strict=True):
        n_out = math.prod(spikes)
        outer.append(_macs(block.synapses, given, n_out))
        inner.append(0 if block.recurrent is None else n_out * n_out)
    return (*outer, network.readout.weight.numel()), tuple(inner)


def _macs(synapses: nn.Module, given: Sequence[int], n_out: int) -> int:
    if not isinstance(synapses, nn.Conv2d):
        return math.prod(given) * n_out
    stride, padding = pair(synapses.stride)[0], pair(synapses.padding)[0]
    kernel, maps = synapses.kernel_size[0], synapses.out_channels
    made = convolution(
        "maps",
        given,
        maps,
        kernel,
        Widths(1),
        stride=stride,
        padding=padding,
        groups=synapses.groups,
    )
    return made.macs


@torch.no_grad()
def received_rates(network: Network, data: Samples) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Share of places and steps with a spike: sent by each block to the next, and to itself.

    Pooled spikes are what the next block gets.

    Args:
        network: a network of blocks.
        data: the samples.
    """
    ready = deployed(network)
    assert isinstance(ready, BlockNetwork)
    sent, own = [0.0] * len(ready.blocks), [0.0] * len(ready.blocks)
    for x, labels, _ in batches(data, 256):
        share = len(labels) / len(data)
        for index, block in enumerate(ready.blocks):
            spikes, _ = block.spikes_with_state(x)
            x = block.pooled(spikes)
            own[index] += share * float(spikes.ne(0).mean(dtype=torch.float64))
            sent[index] += share * float(x.ne(0).mean(dtype=torch.float64))
    return tuple(sent), tuple(own)
