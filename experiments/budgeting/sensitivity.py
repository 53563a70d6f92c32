"""How much each layer minds to have fewer bits, without training it again."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

from polychrony.experiments.bits import MAX_BITS
from polychrony.experiments.budgeting.allocation import Allocation
from polychrony.experiments.budgeting.layers import loss_of, synapses_of
from polychrony.experiments.data import Samples
from polychrony.experiments.evaluation import batches
from polychrony.experiments.models import Network
from polychrony.snn import MultiBitLIF
from polychrony.snn.quantization import deployed, quantizer_of
from polychrony.snn.quantization.grids import grid_of
from polychrony.snn.quantization.weights import requantize

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Sensitivity:
    """Loss of a trained network of 8 bits, and what it gains when a layer loses bits.

    Args:
        loss: on the validation set, with 8 bits everywhere.
        weights: what is added to it by 1 to 8 bits of the weights of each layer.
        spikes: the same of the spikes of each hidden layer.
    """

    loss: float
    weights: tuple[tuple[float, ...], ...]
    spikes: tuple[tuple[float, ...], ...]

    def predict(self, allocation: Allocation) -> float:
        """Loss of an allocation, as if layers did not mind each other's bits."""
        added = [self.weights[k][bits - 1] for k, bits in enumerate(allocation.weights)]
        added += [self.spikes[k][bits - 1] for k, bits in enumerate(allocation.spikes)]
        return self.loss + sum(added)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Sensitivity:
        """What `dataclasses.asdict` made, perhaps through JSON."""
        rows = {
            key: tuple(tuple(float(x) for x in row) for row in content[key])
            for key in ("weights", "spikes")
        }
        return cls(float(content["loss"]), **rows)


def measure(network: Network, data: Samples, progress: Progress) -> Sensitivity:
    """Lower the bits of one layer at a time.

    Weights are rounded again from what they were trained to, with the step that training would
    begin with; spikes are clipped.

    Args:
        network: trained with 8 bits of weights and spikes.
        data: validation samples.
        progress: called with (losses measured, all).
    """
    n_layers, n_hidden = len(synapses_of(network)), len(network.blocks)
    total = 1 + (MAX_BITS - 1) * (n_layers + n_hidden)
    done = iter(range(1, total + 1))

    def loss(changed: Network) -> float:
        found = _loss(changed, data)
        progress(next(done), total)
        return found

    whole = loss(network)
    weights = [
        (*(loss(changed) - whole for changed in _fewer_weight_bits(network, k)), 0.0)
        for k in range(n_layers)
    ]
    spikes = [
        (*(loss(changed) - whole for changed in _fewer_spike_bits(network, k)), 0.0)
        for k in range(n_hidden)
    ]
    return Sensitivity(whole, tuple(weights), tuple(spikes))


def _fewer_weight_bits(network: Network, layer: int) -> Iterator[Network]:
    for bits in range(1, MAX_BITS):
        changed = copy.deepcopy(network)
        for synapses in synapses_of(changed)[layer]:
            quantizer = quantizer_of(synapses)
            assert quantizer is not None
            requantize(synapses, grid_of(quantizer.grid.name, bits))
        yield changed


def _fewer_spike_bits(network: Network, layer: int) -> Iterator[Network]:
    for bits in range(1, MAX_BITS):
        changed = copy.deepcopy(network)
        cells: Any = changed.blocks[layer].neurons
        assert isinstance(cells, MultiBitLIF)
        cells.bits = bits
        yield changed


@torch.no_grad()
def _loss(network: Network, data: Samples) -> float:
    ready, loss = deployed(network), loss_of(network)
    total = 0.0
    for x, labels, _ in batches(data, 256):
        total += float(loss(ready(x), labels)) * len(labels)
    return total / len(data)
