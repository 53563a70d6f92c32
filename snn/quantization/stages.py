"""The layers of a network as pairs of synapses and neurons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from polychrony.snn.delays import DelayedRecurrent
from polychrony.snn.delays.base import Delayed
from polychrony.snn.errors import SnnError
from polychrony.snn.learning.block import Block
from polychrony.snn.learning.network import BlockNetwork
from polychrony.snn.li import LI
from polychrony.snn.network import HiddenBlock, SpikingNetwork
from polychrony.snn.norm import TemporalBatchNorm
from polychrony.snn.spiking import SpikingNeurons

Cells = SpikingNeurons | LI
Synapses = nn.Linear | nn.Conv2d | Delayed


@dataclass
class Stage:
    """One layer of a network.

    Args:
        name: of its neurons.
        synapses: from below: `nn.Linear`, `nn.Conv2d` of a block, or a layer with delays.
        holder: module that holds the neurons.
        key: name of the neurons in it.
        block: the hidden block, with its batch normalisation; None elsewhere.
    """

    name: str
    synapses: Synapses
    holder: nn.Module
    key: str
    block: HiddenBlock | None = None

    @property
    def feedback(self) -> nn.Linear | Delayed | None:
        """Synapses of the neurons among themselves."""
        if isinstance(self.holder, Block):
            inner = self.holder.recurrent
            assert inner is None or isinstance(inner, nn.Linear | Delayed)
            return inner
        return self.holder.synapses if isinstance(self.holder, DelayedRecurrent) else None

    @property
    def pool(self) -> nn.MaxPool2d | nn.AvgPool2d | None:
        """What pools the spikes of a block.

        Raises:
            SnnError: it is of a kind that makes no whole numbers.
        """
        pool = self.holder.pool if isinstance(self.holder, Block) else None
        if pool is None:
            return None
        if not isinstance(pool, nn.MaxPool2d | nn.AvgPool2d) or _is_uneven(pool):
            raise SnnError(
                f"{self.name}: {pool} has no form in integers; use nn.MaxPool2d or nn.AvgPool2d "
                "without padding, dilation and ceil_mode"
            )
        return pool

    @property
    def neurons(self) -> Cells:
        """The neurons."""
        cells = getattr(self.holder, self.key)
        assert isinstance(cells, SpikingNeurons | LI)
        return cells

    def replace(self, cells: Cells) -> None:
        """Put other neurons in their place."""
        setattr(self.holder, self.key, cells)

    def spread(self, values: Tensor) -> Tensor:
        """Values of each output, as they join a frame of currents: [C, 1, 1] for maps."""
        return values.view(-1, *[1] * (self.synapses.weight.dim() - 2 if self.is_map else 0))

    @property
    def is_map(self) -> bool:
        """Whether the synapses are a convolution over space."""
        return self.synapses.weight.dim() == 4

    @torch.no_grad()
    def norm(self) -> tuple[Tensor, Tensor] | None:
        """Factor and constant of the batch normalisation in evaluation, float64, or None."""
        if self.block is None or not isinstance(self.block.norm, TemporalBatchNorm):
            return None
        return self.block.norm.scale_and_shift()


def _is_uneven(pool: nn.MaxPool2d | nn.AvgPool2d) -> bool:
    """Whether windows reach beyond the map, or have holes."""
    dilation = getattr(pool, "dilation", 1)
    return pool.ceil_mode or pair(pool.padding) != (0, 0) or pair(dilation) != (1, 1)


def pair(size: Any) -> tuple[int, int]:
    """Height and width of what torch takes as one number or two."""
    return (size, size) if isinstance(size, int) else (int(size[0]), int(size[1]))


def window(pool: nn.MaxPool2d | nn.AvgPool2d) -> tuple[int, int]:
    """Height and width of what a pool makes one number of."""
    return pair(pool.kernel_size)


def _at(name: str, synapses: Synapses, holder: nn.Module, key: str) -> Stage:
    cells = getattr(holder, key)
    if isinstance(cells, DelayedRecurrent):
        holder, key, cells = cells, "neurons", cells.neurons
    if not isinstance(cells, SpikingNeurons | LI):
        raise SnnError(f"{name}: {type(cells).__name__} follows synapses; neurons are needed there")
    return Stage(name, synapses, holder, key)


def stages(network: nn.Module) -> list[Stage]:
    """Layers of a network, first to last.

    Args:
        network: a `SpikingNetwork`; a `BlockNetwork`; or an `nn.Sequential` in which `nn.Linear`,
            `DelayedLinear` and `DelayedConv2d` are each followed by neurons, with `nn.Flatten(2)`
            where maps end.

    Raises:
        SnnError: it is another network.
    """
    if isinstance(network, SpikingNetwork):
        return list(_layered(network))
    if isinstance(network, BlockNetwork):
        return list(_of_blocks(network))
    if isinstance(network, nn.Sequential):
        return list(_chain(network))
    raise SnnError(
        f"{type(network).__name__} has no form in integers; a SpikingNetwork, a BlockNetwork or an "
        "nn.Sequential of synapses and neurons has"
    )


def _layered(network: SpikingNetwork) -> Iterator[Stage]:
    for index, block in enumerate(network.blocks):
        stage = _at(f"hidden{index + 1}", block.synapses, block, "neurons")
        stage.block = block
        yield stage
    yield _at("output", network.readout_synapses, network, "readout")


def _of_blocks(network: BlockNetwork) -> Iterator[Stage]:
    for index, block in enumerate(network.blocks):
        layer = block.synapses
        if not isinstance(layer, nn.Linear | nn.Conv2d | Delayed):
            raise SnnError(f"hidden{index + 1}: {type(layer).__name__} has no form in integers")
        yield _at(f"hidden{index + 1}", layer, block, "neurons")
    yield _at("output", network.readout, network, "integrator")


def _chain(network: nn.Sequential) -> Iterator[Stage]:
    waiting: nn.Linear | Delayed | None = None
    for key, module in network.named_children():
        if waiting is not None:
            yield _at(key, waiting, network, key)
            waiting = None
        elif isinstance(module, nn.Linear | Delayed):
            waiting = module
        elif not (isinstance(module, nn.Flatten) and module.start_dim == 2):
            raise SnnError(f"module {key}: {type(module).__name__} has no form in integers")
    if waiting is not None:
        raise SnnError("the last synapses have no neurons after them")
