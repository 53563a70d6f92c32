"""The neurons that every library is asked to compute."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from polychrony.snn import LIF, ATan, Surrogate

DECAY = 0.5
ALPHA = 2.0

Pair = tuple[Tensor, Tensor | None]


@dataclass(frozen=True)
class Task:
    """LIF neurons over a sequence, forward and backward.

    h[t] = v[t-1] / 2 + x[t]; s[t] = (h[t] >= 1); v[t] = 0 where s[t] else h[t]; arctangent
    surrogate with alpha = 2; no gradient through the reset. The decay of 1/2 keeps every
    convention of the libraries exact: none of them rounds it differently.
    """

    x: Tensor
    """Input, [T, B, N]."""
    grad: Tensor
    """Gradient that arrives at the spikes, [T, B, N]."""

    @property
    def elements(self) -> int:
        """T * B * N."""
        return self.x.numel()


@dataclass(frozen=True)
class Entry:
    """How a library computes the task, or its nearest form of it."""

    step: Callable[[], object]
    """One forward and backward pass, all that a user pays for."""
    result: Callable[[], Pair]
    """Spikes [T, B, N] and gradient of the input of one pass; None for a gradient of its own."""
    expected: Callable[[], Pair]
    """What that should be, by polychrony or by the equations that the library states."""
    detail: str
    """In what it differs from the task."""


def make_task(steps: int, batch: int, neurons: int, device: torch.device | None = None) -> Task:
    """Random input whose neurons fire in about a seventh of all steps, and a random gradient."""
    generator = torch.Generator().manual_seed(0)
    shape = (steps, batch, neurons)
    x = torch.randn(shape, generator=generator)
    grad = torch.randn(shape, generator=generator)
    return Task(x.to(device), grad.to(device))


def pass_through(layer: Callable[[Tensor], Tensor], x: Tensor, grad: Tensor) -> Pair:
    """Output and input gradient of one forward and backward pass from a fresh leaf."""
    leaf = x.detach().clone().requires_grad_()
    y = layer(leaf)
    y.backward(grad)
    return y.detach(), leaf.grad


def stepper(layer: Callable[[Tensor], Tensor], x: Tensor, grad: Tensor) -> Callable[[], Tensor]:
    """One turn of a benchmark: forward, backward, the gradients before thrown away."""
    leaf = x.detach().clone().requires_grad_()
    leaves = [leaf, *(layer.parameters() if isinstance(layer, nn.Module) else ())]

    def step() -> Tensor:
        for each in leaves:
            each.grad = None
        y = layer(leaf)
        y.backward(grad)
        return y

    return step


def entry(
    layer: Callable[[Tensor], Tensor],
    task: Task,
    expected: Callable[[], Pair],
    detail: str = "",
    batch_first: bool = False,
    scale: float = 1.0,
    with_gradient: bool = True,
) -> Entry:
    """Entry of a layer in torch.

    Args:
        layer: spikes from input.
        task: what to compute.
        expected: see `Entry`.
        detail: see `Entry`.
        batch_first: the layer takes [B, T, N]; it then gets memory laid out so.
        scale: factor of the input that the layer needs to compute the task.
        with_gradient: whether its gradient can be compared.
    """

    def native(values: Tensor) -> Tensor:
        return values.transpose(0, 1).contiguous() if batch_first else values

    x, grad = native(task.x * scale if scale != 1 else task.x), native(task.grad)

    def result() -> Pair:
        spikes, found = pass_through(layer, x, grad)
        found = native(found) * scale if with_gradient and found is not None else None
        return native(spikes), found

    return Entry(stepper(layer, x, grad), result, expected, detail)


def ours(
    task: Task,
    v_reset: float | None = 0.0,
    detach_reset: bool = True,
    surrogate: Surrogate | None = None,
    backend: str = "reference",
) -> Callable[[], Pair]:
    """Spikes and input gradient by polychrony, with another library's conventions."""
    layer = our_layer(backend, v_reset, detach_reset, surrogate).to(task.x.device)
    return lambda: pass_through(layer, task.x, task.grad)


def our_layer(
    backend: str,
    v_reset: float | None = 0.0,
    detach_reset: bool = True,
    surrogate: Surrogate | None = None,
) -> LIF:
    """A layer of the task's neurons."""
    return LIF(
        tau_mem=1 / (1 - DECAY),
        dt=1.0,
        v_reset=v_reset,
        surrogate=surrogate or ATan(ALPHA),
        detach_reset=detach_reset,
        discretization="euler",
        backend=backend,
    )


def arctangent(distance: Any) -> Any:
    """The task's surrogate derivative, for libraries that take any function."""
    return ALPHA / 2 / (1 + (math.pi / 2 * ALPHA * distance) ** 2)
