"""Linear layers whose synapses have learnable delays."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from polychrony.snn import kernels
from polychrony.snn.checks import check_sequence
from polychrony.snn.delays.base import Delayed, DelayState, Kernel
from polychrony.snn.delays.exact import exact_current
from polychrony.snn.errors import SnnError
from polychrony.snn.kernels.shift import filter_steps

OWNERS = ("synapse", "axon", "dendrite")


def _draw(shape: tuple[int, int, int], fan_in: int) -> Tensor:
    """For each target neuron, which `fan_in` of its possible synapses it has."""
    chosen = torch.rand(shape[0], shape[1] * shape[2]).topk(fan_in).indices
    joined = torch.zeros(shape[0], shape[1] * shape[2], dtype=torch.bool)
    return joined.scatter_(1, chosen, True).view(shape)


class DelayedLinear(Delayed):
    """A linear layer in which every synapse has its own delay, learned with its weight.

        y_j[t] = b_j + sum over i, k of  w_jik * sum over c of g(c - d_jik) x_i[t - c],  c = 0 .. D

    with the normalised kernel g of `polychrony.snn.delays.tap_kernel`. The layer is causal and its
    output is as long as its input. As `sigma` shrinks, each tap tends to a single delay;
    `discretize` takes that limit, and from then on

        y_j[t] = b_j + sum over i, k of  w_jik * x_i[t - d_jik],  d_jik an integer.

    In evaluation, a discrete layer sums in float64 and rounds once, so its output depends neither
    on the order of the synapses nor on the batch, and equals that of the exported graph.

    With `delay_of="axon"` all synapses of a source neuron share its delay, d_i, and with
    `"dendrite"` all of a target neuron, d_j. Then delays act on neurons instead of synapses, before
    or after one matrix product, at little more than the cost of a plain linear layer.

    Args:
        in_features: number of source neurons.
        out_features: number of target neurons.
        max_delay: longest delay D, steps. 0 makes a plain linear layer.
        kernel: `"gauss"`, `"triangle"` or `"linear"`.
        taps: synapses, each with weight and delay, per pair of neurons.
        sigma: width of the kernel, steps; by default D / 2 + 0.27 (gauss), D / 2 + 1 (triangle).
        learn_delays: whether delays receive gradients. `False` keeps them at integer values.
        bias: whether a constant is added in every step.
        backend: kernel to run; see `polychrony.snn.kernels`.
        delay_of: what has a delay of its own: `"synapse"`, `"axon"` or `"dendrite"`.
        connectivity: part of its possible synapses that each target neuron has, drawn at random
            once and then fixed, at least one; the others have weight 0 and do not learn.

    Raises:
        SnnError: an argument is out of its range.

    Reference:
        Hammouamri et al., ICLR 2024. There the kernel slides over positions in [-D/2, D/2] and the
        output grows by D/2 steps a layer; here delays count from 0 and what would arrive after the
        last step is cut.
    """

    joined: Tensor | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        max_delay: int,
        kernel: Kernel = "gauss",
        taps: int = 1,
        sigma: float | None = None,
        learn_delays: bool = True,
        bias: bool = False,
        backend: str = "auto",
        delay_of: Literal["synapse", "axon", "dendrite"] = "synapse",
        connectivity: float = 1.0,
    ) -> None:
        sizes = {"in_features": in_features, "out_features": out_features, "taps": taps}
        for name, size in sizes.items():
            if size < 1:
                raise SnnError(f"DelayedLinear: {name} is {size}, at least 1 is needed")
        if delay_of not in OWNERS:
            raise SnnError(
                f"DelayedLinear: delay_of is {delay_of!r}; use one of {', '.join(OWNERS)}"
            )
        if not 0 < connectivity <= 1:
            raise SnnError(f"DelayedLinear: connectivity is {connectivity}; it must lie in (0, 1]")
        shape = (out_features, in_features, taps)
        fan_in = max(1, round(connectivity * in_features * taps))
        owners = {"synapse": shape, "axon": (1, *shape[1:]), "dendrite": (shape[0], 1, taps)}
        super().__init__(
            shape,
            owners[delay_of],
            fan_in,
            max_delay,
            kernel,
            sigma,
            learn_delays,
            bias,
        )
        self.in_features = in_features
        self.out_features = out_features
        self.taps = taps
        self.backend = backend
        self.delay_of = delay_of
        joined = None if connectivity == 1 else _draw(shape, fan_in)
        self.register_buffer("joined", joined)
        self.cut()

    @property
    def n_synapses(self) -> int:
        """Synapses, each with a weight of its own."""
        return self.out_features * self.fan_in

    @torch.no_grad()
    def cut(self) -> None:
        """Make the weight of every synapse 0 that `connectivity` leaves out, in place.

        Call it after drawing weights anew.
        """
        if self.joined is not None:
            self.weight.mul_(self.joined)

    def _weights(self) -> Tensor:
        """Weights of which only those of synapses learn."""
        return self.weight if self.joined is None else self.weight * self.joined

    def tap_kernel(self) -> Tensor:
        """Weight of every integer delay, [max_delay + 1, N_out, N_in]."""
        return self._spread(self._weights(), self.weight_delay)

    def forward(self, x: Tensor) -> Tensor:
        """Current of every step, for a sequence before which nothing happened.

        Args:
            x: spikes or values, [T, B, N_in].

        Returns:
            [T, B, N_out], in the dtype of `x`.

        Raises:
            SnnError: `x` has a wrong shape or dtype.
        """
        check_sequence(x, "DelayedLinear", self.in_features)
        if not self.is_discrete or self.training:
            return self._dense(x)
        exact = exact_current(x, self._weights(), self.weight_delay, self.bias)
        if not torch.is_grad_enabled():
            return exact
        dense = self._dense(x)
        return dense + (exact - dense).detach()

    def _dense(self, x: Tensor) -> Tensor:
        if self.delay_of == "synapse":
            y = kernels.delayed_linear(x, self.tap_kernel().to(x.dtype), self.backend)
        elif self.delay_of == "axon":
            late = self._delay_neurons(x.repeat_interleave(self.taps, -1))
            y = functional.linear(late, self._weights().flatten(1).to(x.dtype))
        else:
            weight = self._weights().transpose(1, 2).flatten(0, 1)
            late = self._delay_neurons(functional.linear(x, weight.to(x.dtype)))
            y = late.view(*x.shape[:2], self.out_features, self.taps).sum(-1)
        return y if self.bias is None else y + self.bias.to(x.dtype)

    def _delay_neurons(self, x: Tensor) -> Tensor:
        """Delay each neuron of [T, B, neurons * taps] by its own kernel."""
        delay = self.delay.reshape(-1, 1, 1)
        kernel = self._spread(torch.ones_like(delay), delay).squeeze(-1)
        return filter_steps(x, kernel.to(x.dtype), self.backend)

    def forward_with_state(
        self, x: Tensor, state: DelayState | None = None
    ) -> tuple[Tensor, DelayState]:
        """Current of every step, for a sequence that goes on from `state`.

        Args:
            x: spikes or values, [T, B, N_in].
            state: what an earlier call returned; None if nothing happened before.

        Returns:
            Currents [T, B, N_out], and the state after the last step.

        Raises:
            SnnError: `x` or the state has a wrong shape, dtype or device.
        """
        check_sequence(x, "DelayedLinear", self.in_features)
        return self._with_past(x, state)

    def extra_repr(self) -> str:
        """Parameters shown by print."""
        owner = "" if self.delay_of == "synapse" else f", delay_of={self.delay_of!r}"
        if self.joined is not None:
            owner += f", synapses={self.n_synapses}"
        return (
            f"{self.in_features}, {self.out_features}, max_delay={self.max_delay}, "
            f"kernel={self.kernel!r}, taps={self.taps}, sigma={float(self.sigma):.3g}{owner}"
        )
