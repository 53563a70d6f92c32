"""Operators of ours in the forms that autograd, `torch.func` and `torch.compile` ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from polychrony.snn.errors import SnnError


def _nothing(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
    pass


def _no_more(ctx: Any, *grads: Tensor | None) -> None:
    raise SnnError("compiled kernels have no second derivative; use backend='reference' for it")


def differentiable(
    operator: Any,
    keep: Callable[..., None] = _nothing,
    pull_back: Callable[..., Any] = _no_more,
) -> Callable[..., Any]:
    """An operator as a function that autograd differentiates and `torch.func` can transform.

    Its way through torch's dispatcher costs more than the neurons of a small layer. So where
    nothing but autograd is at work, the operator's own function is called without that way.

    Args:
        operator: custom operator with a rule for `vmap`.
        keep: what it saves, as `setup_context` of an autograd function.
        pull_back: its gradient; without one, asking for it is an error.

    Returns:
        A function of the operator's arguments. While torch.compile traces, it is the operator.
    """
    function = getattr(operator, "_init_fn", operator)

    class Transformed(torch.autograd.Function):
        generate_vmap_rule = True
        setup_context = staticmethod(keep)

        @staticmethod
        def forward(*inputs: Any) -> Any:
            return operator(*inputs)

        @staticmethod
        def backward(ctx: Any, *grads: Tensor | None) -> Any:
            return pull_back(ctx, *grads)

    class Plain(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *inputs: Any) -> Any:
            output = function(*inputs)
            keep(ctx, inputs, output)
            return output

        @staticmethod
        def backward(ctx: Any, *grads: Tensor | None) -> Any:
            return pull_back(ctx, *grads)

    # Profilers show the class by its name.
    Transformed.__name__ = Plain.__name__ = str(getattr(operator, "_qualname", "operator"))

    def call(*inputs: Any) -> Any:
        if torch.compiler.is_compiling():
            return operator(*inputs)
        if not _is_plain(inputs):
            return Transformed.apply(*inputs)  # type: ignore[no-untyped-call]
        if not torch.is_grad_enabled():
            return function(*inputs)
        return Plain.apply(*inputs)  # type: ignore[no-untyped-call]

    return call


def _is_plain(inputs: tuple[Any, ...]) -> bool:
    """Whether nobody but autograd has to see a call: no transform, mode, tracer or subclass."""
    if (
        torch._C._are_functorch_transforms_active()
        or torch._C._len_torch_dispatch_stack()
        or torch._C._get_tracing_state() is not None
    ):
        return False
    tensors = [value for value in inputs if isinstance(value, Tensor)]
    return all(
        type(value) in (Tensor, torch.nn.Parameter)
        and value.device.type in ("cpu", "cuda")
        and not torch.is_autocast_enabled(value.device.type)
        for value in tensors
    )


def split(info: Any, in_dims: tuple[int | None, ...], inputs: tuple[Any, ...]) -> list[Any]:
    """Inputs of `vmap` with its axis first; those without one are repeated."""
    return [
        value
        if not isinstance(value, Tensor)
        else value.expand(info.batch_size, *value.shape)
        if dim is None
        else value.movedim(dim, 0)
        for value, dim in zip(inputs, in_dims, strict=True)
    ]


def each_of_batch(operator: Any) -> Callable[..., Any]:
    """Rule for `vmap` that runs an operator once per entry."""

    def rule(info: Any, in_dims: tuple[int | None, ...], *inputs: Any) -> tuple[Any, Any]:
        whole = split(info, in_dims, inputs)
        each = [
            operator(*(part[i] if isinstance(part, Tensor) else part for part in whole))
            for i in range(info.batch_size)
        ]
        if isinstance(each[0], Tensor):
            return torch.stack(each), 0
        columns = tuple(torch.stack(column) for column in zip(*each, strict=True))
        return columns, tuple(0 for _ in columns)

    return rule
