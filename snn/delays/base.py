"""What all layers with learnable delays share."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple, Self

import torch
from torch import Tensor, nn

from polychrony.snn.checks import check_state
from polychrony.snn.delays.taps import KERNELS, integer_kernel, tap_kernel
from polychrony.snn.errors import SnnError

Kernel = Literal["gauss", "triangle", "linear"]


class DelayState(NamedTuple):
    """What a delayed layer carries from one step to the next."""

    past: Tensor
    """Inputs of the last `max_delay` steps, oldest first, [max_delay, B, ...]."""


class Delayed(nn.Module):
    """Weights with delays that are learned as real numbers and used as integers in the end.

    Args:
        shape: of the weights, outputs first.
        delay_shape: of the delays, one that expands to `shape`.
        fan_in: weights that meet in one output.
        max_delay: longest delay D, steps.
        kernel: `"gauss"`, `"triangle"` or `"linear"`.
        sigma: width of the kernel, steps; by default D / 2 + 0.27 (gauss), D / 2 + 1 (triangle).
        learn_delays: whether delays receive gradients. `False` keeps them at integer values.
        bias: whether a constant is added in every step.

    Raises:
        SnnError: an argument is out of its range.
    """

    sigma: Tensor

    def __init__(
        self,
        shape: tuple[int, ...],
        delay_shape: tuple[int, ...],
        fan_in: int,
        max_delay: int,
        kernel: Kernel,
        sigma: float | None,
        learn_delays: bool,
        bias: bool,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        if max_delay < 0:
            raise SnnError(f"{name}: max_delay is {max_delay} steps, it cannot be negative")
        if kernel not in KERNELS:
            raise SnnError(f"{name}: kernel {kernel!r} is unknown; use one of {', '.join(KERNELS)}")
        if sigma is not None and not sigma > 0:
            raise SnnError(f"{name}: sigma is {sigma} steps, it must be above 0")
        self.max_delay = max_delay
        self.kernel = kernel
        self.fan_in = fan_in
        self.weight = nn.Parameter(torch.empty(shape))
        learns = learn_delays and max_delay > 0
        self.delay = nn.Parameter(torch.empty(delay_shape), requires_grad=learns)
        self.bias = nn.Parameter(torch.empty(shape[0])) if bias else None
        width = sigma if sigma is not None else max_delay / 2 + (1.0 if kernel != "gauss" else 0.27)
        self.register_buffer("sigma", torch.tensor(float(width)))
        self.reset_parameters()
        if not self.delay.requires_grad:
            self.discretize()

    def reset_parameters(self) -> None:
        """Draw weights as `torch.nn.Linear` does for this fan-in, and delays uniformly."""
        bound = math.sqrt(1 / self.fan_in)
        nn.init.uniform_(self.weight, -bound, bound)
        nn.init.uniform_(self.delay, 0, self.max_delay)
        if self.bias is not None:
            nn.init.uniform_(self.bias, -bound, bound)

    @property
    def is_discrete(self) -> bool:
        """Whether every delay is one integer (`sigma` is 0)."""
        return float(self.sigma) == 0.0

    @property
    def weight_delay(self) -> Tensor:
        """Delay of every weight, steps, shape of `weight`."""
        return self.delay.expand_as(self.weight)

    @torch.no_grad()
    def discretize(self) -> Self:
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

    def _spread(self, weight: Tensor, delay: Tensor) -> Tensor:
        """Weight of every integer delay, [D + 1, M, N], of weights and delays [M, N, taps]."""
        if self.is_discrete:
            return integer_kernel(weight, delay.clamp(0, self.max_delay), self.max_delay)
        # The value is clamped, the gradient is not: a delay at the border can come back.
        inside = delay + (delay.clamp(0, self.max_delay) - delay).detach()
        return tap_kernel(weight, inside, self.sigma, self.max_delay, self.kernel)

    def _with_past(self, x: Tensor, state: DelayState | None) -> tuple[Tensor, DelayState]:
        """Output for a sequence after the inputs in `state`, and the state after it."""
        shape = (self.max_delay, *x.shape[1:])
        if state is None:
            state = DelayState(x.new_zeros(shape))
        check_state(state.past, shape, x, type(self).__name__)
        whole = torch.cat([state.past, x])
        y: Tensor = self(whole)[self.max_delay :]
        return y, DelayState(whole[len(whole) - self.max_delay :])
