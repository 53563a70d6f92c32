"""Spikes that arrive late, as they do where a network on chip carries them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from polychrony.snn.checks import check_sequence, check_state
from polychrony.snn.errors import SnnError
from polychrony.snn.kernels.late import move_late

_ROUNDING = 1e-6  # sums of printed probabilities miss 1 by less


class LateState(NamedTuple):
    """Spikes under way after the last step."""

    pending: Tensor
    """What arrives in each of the next steps, [longest, B, ...]."""


class LateArrivals(nn.Module):
    """Delay each spike by a random number of whole steps, or lose it.

        y[t] = sum over k of x[t - k] m_k[t - k]

    where exactly one of m_0, m_1, ... is 1 with probability p_0, p_1, ..., drawn anew for every
    neuron, sample and step; none with probability 1 - sum of p. Spikes that meet in a step add up.
    It is linear in x for what was drawn, and so is its gradient, which also reaches steps without a
    spike. It acts in training only, and draws from torch's default generator.

    Args:
        probabilities: p_k, those of being 0, 1, ... steps late; what is missing to 1 is lost.
        counts: whether the x of a step may stand for several spikes, each with a draw of its own;
            else all that a neuron sends in a step stays together.
        always: whether it acts in evaluation too.

    Raises:
        SnnError: a probability is outside [0, 1], or their sum is above 1.
    """

    def __init__(
        self, probabilities: Sequence[float], counts: bool = False, always: bool = False
    ) -> None:
        super().__init__()
        self.probabilities = tuple(float(p) for p in probabilities)
        self.counts = counts
        self.always = always
        self._bounds = _bounds(self.probabilities)

    @property
    def longest(self) -> int:
        """Steps by which a spike is late at most."""
        return len(self._bounds) - 1

    @property
    def acts(self) -> bool:
        """Whether a forward changes anything."""
        return (self.training or self.always) and self._bounds != (1.0,)

    def forward(self, x: Tensor) -> Tensor:
        """What arrives in each step; what is still under way after the last is cut.

        Args:
            x: spikes, [T, B, ...].

        Returns:
            [T, B, ...].

        Raises:
            SnnError: the input has a wrong shape or dtype.
        """
        return self.forward_with_state(x)[0] if self.acts else x

    def forward_with_state(
        self, x: Tensor, state: LateState | None = None
    ) -> tuple[Tensor, LateState]:
        """What arrives in each step, and what is under way after the last.

        Args:
            x: spikes, [T, B, ...].
            state: what an earlier call returned; None starts with nothing under way.

        Returns:
            [T, B, ...], and the state after the last step.

        Raises:
            SnnError: the input or the state has a wrong shape, dtype or device.
        """
        check_sequence(x, "LateArrivals")
        y = self._move(x) if self.acts else functional.pad(x, self._behind(x))
        if state is not None:
            check_state(state.pending, (self.longest, *x.shape[1:]), x, "LateArrivals")
            y = y + functional.pad(state.pending, (*self._behind(x)[:-1], len(x)))
        return y[: len(x)], LateState(y[len(x) :])

    def _behind(self, x: Tensor) -> tuple[int, ...]:
        """Padding that adds the steps in which late spikes come."""
        return (*((0, 0) * (x.dim() - 1)), 0, self.longest)

    def _move(self, x: Tensor) -> Tensor:
        late = self._draw(x.shape, x.device)
        if not self.counts:
            return move_late(x, late, self.longest)
        several = x.detach() >= 1.5
        late.masked_fill_(several, self.longest + 1)  # they are moved one by one
        y = move_late(x, late, self.longest)
        sums = x[several]
        return self._add_each(y, sums, sums.detach().round().long(), several.nonzero())

    def _add_each(self, y: Tensor, x: Tensor, count: Tensor, place: Tensor) -> Tensor:
        """Add values [K] at places [K, dims], each in as many equal parts as it counts spikes."""
        part = (x / count).repeat_interleave(count)
        late = self._draw(part.shape, y.device)
        arrives = late <= self.longest
        step, *others = place.repeat_interleave(count, 0)[arrives].unbind(1)
        return y.index_put((step + late[arrives], *others), part[arrives], accumulate=True)

    def _draw(self, shape: torch.Size, device: torch.device) -> Tensor:
        """Steps by which spikes are late, int16; one more than `longest` where they are lost."""
        draw = torch.rand(shape, device=device)  # eight bits of half precision are too few
        late = torch.zeros(shape, dtype=torch.int16, device=device)
        for bound in self._bounds:
            late += draw >= bound
        return late

    def extra_repr(self) -> str:
        """Parameters shown by print."""
        shown = ", ".join(f"{p:g}" for p in self.probabilities)
        return f"({shown}), counts={self.counts}, always={self.always}"


def _bounds(probabilities: tuple[float, ...]) -> tuple[float, ...]:
    """Sums of the first 1, 2, ... probabilities, without trailing zeros."""
    total = math.fsum(probabilities)
    valid = probabilities and all(0 <= p <= 1 for p in probabilities) and total <= 1 + _ROUNDING
    if not valid:
        raise SnnError(
            f"lateness is {probabilities}; give the probabilities of 0, 1, ... steps, each in "
            "[0, 1], with a sum of at most 1"
        )
    last = max((k for k, p in enumerate(probabilities) if p > 0), default=0)
    sums = [min(1.0, each) for each in itertools.accumulate(probabilities[: last + 1])]
    if total > 1 - _ROUNDING:
        sums[-1] = 1.0
    return tuple(sums)
