"""A layer of a network that can learn locally: synapses, neurons, and what pools their spikes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

from polychrony.snn.checks import check_sequence, check_state
from polychrony.snn.errors import SnnError
from polychrony.snn.fixed_point import FixedPointLIF
from polychrony.snn.learning.maps import SynapseMap, map_of
from polychrony.snn.lif import LIF, LIFState
from polychrony.snn.multi_bit import MultiBitLIF

Fire = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
Drive = Callable[[Tensor], Tensor]


class BlockState(NamedTuple):
    """What a block carries from one step to the next."""

    past: Tensor
    """Inputs of the last `max_delay` steps, oldest first, [D, B, ...]."""
    v: Tensor
    """Membrane potential after reset, V, [B, ...]."""
    sent: Tensor | None
    """Last spikes of the block as its own synapses hear them, oldest first, [D + 1, B, N]."""


class Drives(NamedTuple):
    """Currents from what synapses hear: [K, B, ...] of [D + K, B, ...]."""

    outer: Drive
    """Of the synapses from below."""
    bias: Tensor | None
    """Constant of every step, or None."""
    inner: Drive | None
    """Of the synapses within the block, or None."""


class Course(NamedTuple):
    """Some steps of a block."""

    spikes: Tensor
    """[K, B, ...]"""
    heard: Tensor
    """What came from below, after the past, [D + K, B, ...]."""
    echoes: Tensor | None
    """What came from the block itself: spikes of one step before, after their past."""
    state: BlockState
    """After the last step."""


class Block(nn.Module):
    """Synapses and LIF neurons, perhaps joined among themselves, and pooling.

        u[t] = decay * v[t-1] + W x[t] + b + R s[t-1]
        s[t] = (u[t] >= v_threshold)
        y[t] = pool(s[t])

    With delays, W x[t] becomes the sum over synapses of w x[t - d], and a synapse within the block
    whose `delay` is d feeds back after d + 1 steps.

    Args:
        synapses: from below: `nn.Linear`, `nn.Conv2d`, their standardised forms, or
            `DelayedLinear` with integer delays.
        neurons: LIF neurons, with soft or hard reset. For a strict threshold, u > v_threshold, make
            them with `strictly_above(v_threshold)`. `MultiBitLIF` too, which no local rule trains.
        pool: what makes frames of spikes into the block's output, a module of a frame alone, such
            as `nn.MaxPool2d`; None passes spikes on.
        recurrent: from the block to itself, `nn.Linear` or `DelayedLinear` without bias.

    Raises:
        SnnError: a part is of a kind that cannot learn locally, or parts do not fit.
    """

    def __init__(
        self,
        synapses: nn.Module,
        neurons: LIF | MultiBitLIF | FixedPointLIF,
        pool: nn.Module | None = None,
        recurrent: nn.Module | None = None,
    ) -> None:
        super().__init__()
        if not isinstance(neurons, LIF | MultiBitLIF | FixedPointLIF):
            raise SnnError(f"neurons of a block cannot be {type(neurons).__name__}; use LIF")
        self.synapses = synapses
        self.neurons = neurons
        self.pool = pool
        self.recurrent = recurrent
        outer, inner = self.map, self.inner
        if inner is not None and (inner.dims != 1 or outer.dims != 1):
            raise SnnError("only blocks of linear synapses can be recurrent")
        if inner is not None and inner.bias is not None:
            raise SnnError("synapses within a block have no bias; make them with bias=False")

    @property
    def map(self) -> SynapseMap:
        """The synapses from below as a linear map."""
        return map_of(self.synapses)

    @property
    def inner(self) -> SynapseMap | None:
        """The synapses within the block as a linear map, or None."""
        return None if self.recurrent is None else map_of(self.recurrent)

    def drives(self) -> Drives:
        """The currents of the block's synapses, differentiable in its parameters."""
        outer, inner = self.map, self.inner
        from_below = partial(outer.apply, outer.weight())
        within = None if inner is None else partial(inner.apply, inner.weight())
        return Drives(from_below, outer.bias, within)

    def frames(self, x: Tensor) -> Tensor:
        """Input as the synapses take it: linear ones take each frame as a vector.

        Raises:
            SnnError: frames have too few axes.
        """
        check_sequence(x, "Block")
        dims = self.map.dims
        if dims == 1:
            return x.flatten(2)
        if x.dim() != 2 + dims:
            raise SnnError(f"Block: input has shape {tuple(x.shape)}, expected [T, B, C, H, W]")
        return x

    def forward(self, x: Tensor) -> Tensor:
        """Output [T, B, ...] of input [T, B, ...] that starts at rest."""
        return self.forward_with_state(x)[0]

    def forward_with_state(
        self, x: Tensor, state: BlockState | None = None
    ) -> tuple[Tensor, BlockState]:
        """Output of a sequence that goes on from `state`, differentiable through time.

        Args:
            x: spikes or values, [T, B, ...].
            state: what an earlier call returned; None starts at rest.

        Returns:
            Pooled spikes [T, B, ...], and the state after the last step.

        Raises:
            SnnError: the input or the state has a wrong shape, dtype or device.
        """
        spikes, after = self.spikes_with_state(x, state)
        return self.pooled(spikes), after

    def spikes_with_state(
        self, x: Tensor, state: BlockState | None = None
    ) -> tuple[Tensor, BlockState]:
        """Spikes [T, B, ...] before they are pooled; see `forward_with_state`."""
        cells = self.neurons

        def fire(current: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
            spikes, after = cells.forward_with_state(current, LIFState(v))
            return spikes, after.v

        course = self.advance(x, state, self.drives(), fire)
        return course.spikes, course.state

    def pooled(self, spikes: Tensor) -> Tensor:
        """Output of spikes, [K, B, ...]."""
        if self.pool is None:
            return spikes
        made: Tensor = self.pool(spikes.flatten(0, 1))
        return made.view(*spikes.shape[:2], *made.shape[1:])

    def advance(self, x: Tensor, state: BlockState | None, drives: Drives, fire: Fire) -> Course:
        """Some steps of the block, with its neurons given as a function.

        Args:
            x: input, [K, B, ...].
            state: to go on from; None starts at rest.
            drives: currents of its synapses.
            fire: spikes of some steps [L, B, ...] and the potential after them, from currents and
                the potential before.
        """
        x = self.frames(x)
        if isinstance(self.neurons, FixedPointLIF):
            x = x.double()  # which holds whole numbers exactly
        n_past = self.map.max_delay
        past = x.new_zeros((n_past, *x.shape[1:])) if state is None else state.past
        check_state(past, (n_past, *x.shape[1:]), x, "Block")
        heard = torch.cat([past, x]) if n_past else x
        current = drives.outer(heard).to(torch.promote_types(x.dtype, _WIDE))
        if drives.bias is not None:
            current = current + drives.bias.view(-1, *[1] * (self.map.dims - 1)).to(current.dtype)
        v = current.new_zeros(current.shape[1:]) if state is None else state.v
        check_state(v, tuple(current.shape[1:]), current, "Block")
        past = heard[len(heard) - n_past :]
        if drives.inner is None:
            spikes, v = fire(current, v)
            return Course(spikes.to(x.dtype), heard, None, BlockState(past, v, None))
        sent = None if state is None else state.sent
        spikes, echoes, v = self._echo(current, v, sent, drives.inner, fire)
        n_kept = len(echoes) - len(spikes)
        course = spikes.to(x.dtype), heard, echoes[: len(echoes) - 1]
        return Course(*course, BlockState(past, v, echoes[len(echoes) - n_kept :].clone()))

    def _echo(
        self, current: Tensor, v: Tensor, sent: Tensor | None, drive: Drive, fire: Fire
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Steps one by one, each hearing the spikes of those before it."""
        inner = self.inner
        assert inner is not None
        n_heard = inner.max_delay + 1
        if sent is None:
            sent = current.new_zeros((n_heard, *current.shape[1:]))
        check_state(sent, (n_heard, *current.shape[1:]), current, "Block")
        course = list(sent.unbind(0))
        for now in torch.split(current, 1):
            window = torch.stack(course[len(course) - n_heard :])
            fed = now + drive(window).to(now.dtype)
            spikes, v = fire(fed, v)
            course.append(spikes[0])
        echoes = torch.stack(course)
        return echoes[n_heard:], echoes, v


_WIDE = torch.float32


def strictly_above(v_threshold: float) -> float:
    """Threshold of neurons that fire at u > v_threshold, for `LIF`, which fires at u >= it.

    It is the next number of single precision; in single precision the two tests are the same. The
    soft reset subtracts it, one part in ten million more.

    Args:
        v_threshold: the threshold that has to be exceeded, V.

    Reference:
        Both S-TLLR and TESS fire at u > v_threshold; chips and this toolkit at u >= v_threshold.
    """
    value = torch.tensor(v_threshold, dtype=_WIDE)
    return float(torch.nextafter(value, torch.full_like(value, float("inf"))))
