"""Neurons whose spikes come back to them through delayed synapses."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from polychrony.snn import kernels
from polychrony.snn.checks import check_sequence, check_state
from polychrony.snn.delays.base import Kernel
from polychrony.snn.delays.linear import DelayedLinear
from polychrony.snn.delays.taps import integer_kernel
from polychrony.snn.errors import SnnError
from polychrony.snn.kernels import reference
from polychrony.snn.spiking import SpikingNeurons


class RecurrentState(NamedTuple):
    """What a recurrent layer carries from one step to the next."""

    neurons: Any
    """State of the neurons."""
    pending: Tensor
    """Feedback of past spikes that has yet to arrive, for each coming step, [max_delay, B, N]."""


class DelayedRecurrent(nn.Module):
    """Spiking neurons joined among themselves by synapses with learnable delays.

        s[t] = neurons(x[t] + r[t])
        r_j[t] = sum over i, k of w_jik * sum over c of g(c - d_jik) s_i[t - 1 - c]

    with c = 0 .. max_delay - 1.

    A spike needs one step at least to come back, so a synapse whose `synapses.delay` is d feeds
    back after d + 1 steps, 1 to `max_delay`. Every forward starts at rest.

    Steps that no feedback joins are computed at once: a block is as long as the shortest delay of
    all synapses. Kernels that are wide reach to a delay of one step, so training goes step by step
    until `sigma` is small or the layer is discrete.

    In evaluation and without gradients, a discrete layer sums in float64 and rounds once, so that
    it equals the exported graph; see `sums_exactly`.

    Args:
        neurons: layer of spiking neurons; `LIF`, `CubaLIF`, `AdLIF` or another of that base.
        features: number of neurons N.
        max_delay: longest feedback delay, steps, at least 1.
        kernel: `"gauss"`, `"triangle"` or `"linear"`; see `DelayedLinear`.
        taps: synapses, each with weight and delay, per pair of neurons.
        sigma: width of the kernel, steps; see `DelayedLinear`.
        learn_delays: whether delays receive gradients. `False` keeps them at integer values.
        backend: kernel to run; see `polychrony.snn.kernels`.

    Raises:
        SnnError: an argument is out of its range.
    """

    def __init__(
        self,
        neurons: SpikingNeurons,
        features: int,
        max_delay: int,
        kernel: Kernel = "gauss",
        taps: int = 1,
        sigma: float | None = None,
        learn_delays: bool = True,
        backend: str = "auto",
    ) -> None:
        super().__init__()
        if max_delay < 1:
            raise SnnError(
                f"DelayedRecurrent: max_delay is {max_delay}; feedback needs 1 step at least"
            )
        self.neurons = neurons
        self.features = features
        self.max_delay = max_delay
        self.synapses = DelayedLinear(
            features, features, max_delay - 1, kernel, taps, sigma, learn_delays, backend=backend
        )

    def discretize(self) -> DelayedRecurrent:
        """Round every delay to its nearest step and freeze it, in place; returns the layer."""
        self.synapses.discretize()
        return self

    def clamp_delays(self) -> None:
        """Bring delays that an optimiser moved outside back into their range, in place."""
        self.synapses.clamp_delays()

    @property
    def sums_exactly(self) -> bool:
        """Whether feedback is summed in float64, and rounded once it has joined the input."""
        discrete = self.synapses.is_discrete
        return discrete and not self.training and not torch.is_grad_enabled()

    def forward(self, x: Tensor) -> Tensor:
        """Spikes of a sequence that starts at rest.

        Args:
            x: input from outside, V, [T, B, N].

        Returns:
            Spikes, [T, B, N].
        """
        return self.forward_with_state(x)[0]

    def forward_with_state(
        self, x: Tensor, state: RecurrentState | None = None, dtype: torch.dtype | None = None
    ) -> tuple[Tensor, RecurrentState]:
        """Spikes of a sequence that goes on from `state`.

        Args:
            x: input from outside, V, [T, B, N].
            state: what an earlier call returned; None starts at rest.
            dtype: of the neurons; that of `x` by default. A sum in float64 need not be rounded
                before the feedback has joined it.

        Returns:
            Spikes [T, B, N], and the state after the last step.

        Raises:
            SnnError: the input or the state has a wrong shape, dtype or device.
        """
        check_sequence(x, "DelayedRecurrent", self.features)
        shape = (self.max_delay, *x.shape[1:])
        dtype, x = dtype or x.dtype, x.double() if self.sums_exactly else x
        if state is None:
            state = RecurrentState(None, x.new_zeros(shape))
        inner, pending = state[0], state[1].to(x.dtype)
        check_state(pending, shape, x, "DelayedRecurrent")
        kernel = self._kernel().to(x.dtype)
        length = _shortest(kernel)
        spikes = []
        for block in torch.split(x, length) if len(x) else (x,):
            fed = block + pending[: len(block)]
            fired, inner = self.neurons.forward_with_state(fed.to(dtype), inner)
            spikes.append(fired)
            sent = self._feedback(fired.to(x.dtype), kernel)
            pending = _advance(pending, sent, len(block))
        return torch.cat(spikes), RecurrentState(inner, pending)

    def _kernel(self) -> Tensor:
        """Weight of every delay, [max_delay, N, N]."""
        synapses = self.synapses
        if not self.sums_exactly:
            return synapses.tap_kernel()
        return integer_kernel(synapses.weight.double(), synapses.weight_delay, synapses.max_delay)

    def _feedback(self, spikes: Tensor, kernel: Tensor) -> Tensor:
        """What spikes send to the steps after their own first, [L + max_delay - 1, B, N]."""
        if len(spikes) == 1:  # all delays in one product
            _, n_batch, n_neurons = spikes.shape
            sent = functional.linear(spikes[0], kernel.flatten(0, 1))
            return sent.view(n_batch, -1, n_neurons).transpose(0, 1)
        padded = functional.pad(spikes, (0, 0, 0, 0, 0, self.max_delay - 1))
        if self.sums_exactly:
            return reference.delayed_linear(padded, kernel)
        return kernels.delayed_linear(padded, kernel, self.synapses.backend)


def _shortest(kernel: Tensor) -> int:
    """Shortest feedback delay that has any weight, steps; at least 1."""
    used = kernel.detach().flatten(1).ne(0).any(1).nonzero()
    return int(used[0]) + 1 if len(used) else len(kernel)


def _advance(pending: Tensor, sent: Tensor, length: int) -> Tensor:
    """Feedback yet to arrive once `length` steps have passed."""
    if length == 0:
        return pending
    rest = functional.pad(pending[length:], (0, 0, 0, 0, 0, min(length, len(pending))))
    return rest + sent[length - 1 :]
