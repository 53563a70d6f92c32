"""Networks of blocks, the same for local rules and for backpropagation through time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from polychrony.snn.errors import SnnError
from polychrony.snn.graph import NetworkGraph
from polychrony.snn.learning.block import Block, BlockState
from polychrony.snn.learning.lower import graph_of
from polychrony.snn.li import LI, LIState


class BlockNetworkState(NamedTuple):
    """What a network carries from one step to the next."""

    blocks: tuple[BlockState, ...]
    """Of each block."""
    readout: Tensor
    """Potential of the readout, V, [B, C]."""


class BlockNetwork(nn.Module):
    """Blocks one after the other, and a linear readout.

        y[t] = readout_decay * y[t-1] + W x_L[t] + b

    with x_L the output of the last block as a vector.

    The decision is the class with the largest sum over t of y[t].

    Args:
        blocks: first to last.
        readout: linear layer to the classes, without delays.
        readout_decay: factor of the readout's potential per step, in [0, 1); 0 has no memory.

    Raises:
        SnnError: an argument is not what it must be.
    """

    def __init__(
        self, blocks: Sequence[Block], readout: nn.Linear, readout_decay: float = 0.0
    ) -> None:
        super().__init__()
        if not blocks:
            raise SnnError("a BlockNetwork needs at least one block")
        if not isinstance(readout, nn.Linear):
            raise SnnError(f"the readout cannot be {type(readout).__name__}; use nn.Linear")
        if not 0 <= readout_decay < 1:
            raise SnnError(f"readout_decay is {readout_decay}; it must lie in [0, 1)")
        self.layers = nn.ModuleList(blocks)
        self.readout = readout
        self.readout_decay = readout_decay
        dt = blocks[0].neurons.dt
        self.integrator = LI(dt, dt)
        self.integrator.decay = torch.tensor(readout_decay, dtype=torch.float64)

    @property
    def blocks(self) -> list[Block]:
        """The blocks, first to last."""
        return [layer for layer in self.layers if isinstance(layer, Block)]

    @property
    def n_classes(self) -> int:
        """Neurons of the readout."""
        return int(self.readout.out_features)

    def forward(self, x: Tensor) -> Tensor:
        """Potentials of the readout [T, B, C], of an input [T, B, ...] that starts at rest."""
        return self.forward_with_state(x)[0]

    def forward_with_state(
        self, x: Tensor, state: BlockNetworkState | None = None
    ) -> tuple[Tensor, BlockNetworkState]:
        """Potentials of a sequence that goes on from `state`, differentiable through time.

        Args:
            x: spikes or values, [T, B, ...].
            state: what an earlier call returned; None starts at rest.

        Returns:
            Potentials of the readout [T, B, C], and the state after the last step.

        Raises:
            SnnError: the input or the state has a wrong shape, dtype or device.
        """
        after = []
        for index, block in enumerate(self.blocks):
            x, carried = block.forward_with_state(x, state and state.blocks[index])
            after.append(carried)
        potential, y = self.read(x, None if state is None else state.readout)
        return potential, BlockNetworkState(tuple(after), y)

    def read(self, x: Tensor, y: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Potentials of the readout [T, B, C] of outputs of the last block, and the last of them.

        Args:
            x: the outputs, [T, B, ...].
            y: potential before them, [B, C]; None starts at rest.
        """
        current = self.readout(x.flatten(2))
        current = current.to(torch.promote_types(current.dtype, torch.float32))
        potential, after = self.integrator.forward_with_state(
            current, None if y is None else LIState(y)
        )
        return potential, after.v

    @torch.no_grad()
    def frame_shapes(self, frame: Sequence[int]) -> list[tuple[tuple[int, ...], ...]]:
        """Shapes in each block of a frame of one sample: input, spikes, output.

        Args:
            frame: shape of a frame of the input, such as (700,) or (2, 32, 32).
        """
        shapes: list[tuple[tuple[int, ...], ...]] = []
        x = next(self.parameters()).new_zeros((1, 1, *frame))
        for block in self.blocks:
            x = block.frames(x)
            course = block.advance(x, None, block.drives(), lambda current, v: (current, v))
            y = block.pooled(course.spikes)
            shapes.append((tuple(x.shape[2:]), tuple(course.spikes.shape[2:]), tuple(y.shape[2:])))
            x = y
        return shapes

    def to_graph(self) -> NetworkGraph:
        """Graph of a network of linear blocks; see `polychrony.snn.to_graph`.

        Raises:
            SnnError: a block is convolutional or pools.
        """
        return graph_of(self.blocks, self.readout, self.readout_decay)


def decide_sum(potential: Tensor) -> Tensor:
    """Class of each sample, argmax over c of the sum over t of y_c[t]; int64 [B]."""
    return potential.sum(0).argmax(1)
