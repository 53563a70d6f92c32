"""Linear layers whose synapses have learnable delays."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from polychrony.snn import kernels
from polychrony.snn.checks import check_sequence, check_state
from polychrony.snn.delays.exact import exact_current
from polychrony.snn.delays.taps import KERNELS, integer_kernel, tap_kernel
from polychrony.snn.errors import SnnError


class DelayState(NamedTuple):
    """What a delayed layer carries from one step to the next."""

    past: Tensor
    """Inputs of the last `max_delay` steps, oldest first, [max_delay, B, N_in]."""


class DelayedLinear(nn.Module):
    """A linear layer in which every synapse has its own delay, learned with its weight.

    y_j[t] = b_j + sum over i, k of  w_jik * sum over c of g(c - d_jik) x_i[t - c],  c = 0 .. D
    with the normalised kernel g of `polychrony.snn.delays.tap_kernel`. The layer is causal and its
    output is as long as its input. As `sigma` shrinks, each tap tends to a single delay;
    `discretize` takes that limit, and from then on

    y_j[t] = b_j + sum over i, k of  w_jik * x_i[t - d_jik],  d_jik an integer.

    In evaluation, a discrete layer sums in float64 and rounds once, so its output depends neither
    on the order of the synapses nor on the batch, and equals that of the exported graph.

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

    Raises:
        SnnError: an argument is out of its range.

    Reference:
        Hammouamri et al., ICLR 2024. There the kernel slides over positions in [-D/2, D/2] and the
        output grows by D/2 steps a layer; here delays count from 0 and what would arrive after the
        last step is cut.
    """

    sigma: Tensor

    def __init__(
        self,
        in_features: int,
        out_features: int,
        max_delay: int,
        kernel: Literal["gauss", "triangle", "linear"] = "gauss",
        taps: int = 1,
        sigma: float | None = None,
        learn_delays: bool = True,
        bias: bool = False,
        backend: str = "auto",
    ) -> None:
        super().__init__()
        _check_sizes(in_features, out_features, max_delay, taps, kernel, sigma)
        self.in_features = in_features
        self.out_features = out_features
        self.max_delay = max_delay
        self.kernel = kernel
        self.taps = taps
        self.backend = backend
        shape = (out_features, in_features, taps)
        self.weight = nn.Parameter(torch.empty(shape))
        self.delay = nn.Parameter(torch.empty(shape), requires_grad=learn_delays and max_delay > 0)
        self.bias = nn.Parameter(torch.empty(out_features)) if bias else None
        width = sigma if sigma is not None else max_delay / 2 + (1.0 if kernel != "gauss" else 0.27)
        self.register_buffer("sigma", torch.tensor(float(width)))
        self.reset_parameters()
        if not self.delay.requires_grad:
            self.discretize()

    def reset_parameters(self) -> None:
        """Draw weights as `torch.nn.Linear` does for this fan-in, and delays uniformly."""
        bound = math.sqrt(1 / (self.in_features * self.taps))
        nn.init.uniform_(self.weight, -bound, bound)
        nn.init.uniform_(self.delay, 0, self.max_delay)
        if self.bias is not None:
            nn.init.uniform_(self.bias, -bound, bound)

    @property
    def is_discrete(self) -> bool:
        """Whether every synapse has one integer delay (`sigma` is 0)."""
        return float(self.sigma) == 0.0

    @torch.no_grad()
    def discretize(self) -> DelayedLinear:
        """Round every delay to its nearest step and freeze it, in place.

        The weights go on learning. `sigma` becomes 0, so a saved `state_dict` stays discrete.

        Returns:
            The layer itself.
        """
        self.delay.clamp_(0, self.max_delay).round_().requires_grad_(False)
        self.delay.grad = None
        self.sigma.zero_()
        return self

    @torch.no_grad()
    def clamp_delays(self) -> None:
        """Bring delays that an optimiser moved outside back into [0, max_delay], in place.

        The forward pass never uses a delay outside; without this call after each optimiser step,
        such a delay takes as many steps to return as it took to leave.
        """
        self.delay.clamp_(0, self.max_delay)

    def tap_kernel(self) -> Tensor:
        """Weight of every integer delay, [max_delay + 1, N_out, N_in]."""
        if self.is_discrete:
            return integer_kernel(self.weight, self.delay.clamp(0, self.max_delay), self.max_delay)
        # The value is clamped, the gradient is not: a delay at the border can come back.
        inside = self.delay + (self.delay.clamp(0, self.max_delay) - self.delay).detach()
        return tap_kernel(self.weight, inside, self.sigma, self.max_delay, self.kernel)

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
        exact = exact_current(x, self.weight, self.delay, self.bias)
        if not torch.is_grad_enabled():
            return exact
        dense = self._dense(x)
        return dense + (exact - dense).detach()

    def _dense(self, x: Tensor) -> Tensor:
        y = kernels.delayed_linear(x, self.tap_kernel().to(x.dtype), self.backend)
        return y if self.bias is None else y + self.bias.to(x.dtype)

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
        shape = (self.max_delay, *x.shape[1:])
        if state is None:
            state = DelayState(x.new_zeros(shape))
        check_state(state.past, shape, x, "DelayedLinear")
        whole = torch.cat([state.past, x])
        y = self.forward(whole)[self.max_delay :]
        return y, DelayState(whole[len(whole) - self.max_delay :])

    def extra_repr(self) -> str:
        """Parameters shown by print."""
        return (
            f"{self.in_features}, {self.out_features}, max_delay={self.max_delay}, "
            f"kernel={self.kernel!r}, taps={self.taps}, sigma={float(self.sigma):.3g}"
        )


def _check_sizes(
    in_features: int, out_features: int, max_delay: int, taps: int, kernel: str, sigma: float | None
) -> None:
    sizes = {"in_features": in_features, "out_features": out_features, "taps": taps}
    for name, size in sizes.items():
        if size < 1:
            raise SnnError(f"DelayedLinear: {name} is {size}, at least 1 is needed")
    if max_delay < 0:
        raise SnnError(f"DelayedLinear: max_delay is {max_delay} steps, it cannot be negative")
    if kernel not in KERNELS:
        raise SnnError(
            f"DelayedLinear: kernel {kernel!r} is unknown; use one of {', '.join(KERNELS)}"
        )
    if sigma is not None and not sigma > 0:
        raise SnnError(f"DelayedLinear: sigma is {sigma} steps, it must be above 0")
