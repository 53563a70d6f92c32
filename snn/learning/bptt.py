"""Backpropagation through time on the same networks, to compare with."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from polychrony.snn.errors import SnnError
from polychrony.snn.learning.block import BlockState
from polychrony.snn.learning.cost import Cost, bptt_cost
from polychrony.snn.learning.network import BlockNetwork, BlockNetworkState, decide_sum
from polychrony.snn.learning.rule import Input, Outcome, Rule, as_target
from polychrony.snn.learning.signals import ErrorKind, losses_of


class BPTT(Rule):
    """Backpropagation through time: the exact gradient but for the surrogate of spikes.

    The loss is that of the local rules, the sum over t >= first_step of the readout's loss. Memory
    grows with time. Whether the reset carries a gradient is the neurons' `detach_reset`.

    Args:
        first_step: steps before it have no loss.
        error: `"softmax"` for classes, `"identity"` for regression.

    Raises:
        SnnError: an argument is out of its range.
    """

    name = "BPTT"

    def __init__(self, first_step: int = 0, error: ErrorKind = "softmax") -> None:
        super().__init__(first_step)
        if error not in ("softmax", "identity"):
            raise SnnError(f"error is {error!r}; use 'softmax' or 'identity'")
        self.error: ErrorKind = error

    @torch.enable_grad()
    def gradients(
        self,
        network: BlockNetwork,
        x: Input,
        labels: Tensor,
        state: BlockNetworkState | None = None,
    ) -> Outcome:
        """See `Rule.gradients`; here `first_step` counts from the start of `x`."""
        whole = x if isinstance(x, Tensor) else torch.cat(list(x))
        potential, after = network.forward_with_state(whole, state)
        target = as_target(labels, network.n_classes, potential.dtype)
        losses = losses_of(potential, target, self.error)[self.first_step :]
        if len(losses):
            torch.autograd.backward(losses.sum())
        potential = potential.detach()
        loss = losses.detach().mean() if len(losses) else potential.new_zeros(())
        evidence = potential.sum(0)
        return Outcome(loss, decide_sum(potential), len(potential), evidence, _cut(after))

    def cost(self, network: BlockNetwork, frame_shape: Sequence[int], n_steps: int) -> Cost:
        """See `Rule.cost`."""
        return bptt_cost(self.first_step, network, frame_shape, n_steps)


def _cut(state: BlockNetworkState) -> BlockNetworkState:
    """A state without its past."""
    blocks = tuple(
        BlockState(
            block.past.detach(),
            block.v.detach(),
            None if block.sent is None else block.sent.detach(),
        )
        for block in state.blocks
    )
    return BlockNetworkState(blocks, state.readout.detach())
