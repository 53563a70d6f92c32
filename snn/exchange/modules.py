"""Modules of torch in the order in which they run, and what each adds to a chain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from torch import nn
from torch.nn.utils.parametrize import type_before_parametrizations

from polychrony.snn.errors import SnnError
from polychrony.snn.exchange.chain import Chain
from polychrony.snn.exchange.conv import Synapses, conv_synapses, pool_synapses

LIMIT = 50_000_000
"""Most synapses of a convolution that are laid out one by one."""

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
_POOLS = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
_WIDE_POOLS = (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)
_MAXIMA = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
_SILENT = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.Identity)
LAYERS = (nn.Linear, *_CONVOLUTIONS, *_NORMS, *_POOLS, *_WIDE_POOLS, nn.Flatten, *_SILENT)
NAMES = ", ".join(kind.__name__ for kind in LAYERS)


def label_of(path: str, module: nn.Module) -> str:
    """How messages call a module."""
    kind = type_before_parametrizations(module).__name__
    return f"module {path!r} ({kind})" if path else f"the model ({kind})"


def in_a_row(model: nn.Module | Sequence[nn.Module]) -> nn.Module:
    """A model, or its layers one after the other."""
    return model if isinstance(model, nn.Module) else nn.Sequential(*model)


def leaves(
    path: str, module: nn.Module, containers: tuple[type, ...] = ()
) -> Iterator[tuple[str, nn.Module]]:
    """Modules in order of execution; one that stands in several places comes several times.

    Args:
        path: path of the module in its model.
        module: the module.
        containers: types besides `nn.Sequential` that run their children one after the other.
    """
    kind = type(module)
    if kind.forward is not nn.Sequential.forward and kind not in containers:
        yield path, module
        return
    for name, part in module._modules.items():
        if part is not None:
            yield from leaves(f"{path}.{name}" if path else name, part, containers)


class Once:
    """Refuses modules with state that stand in two places."""

    def __init__(self) -> None:
        self._paths: dict[int, str] = {}

    def __call__(self, path: str, module: nn.Module) -> None:
        """Raise SnnError where a module has come before under another path."""
        first = self._paths.setdefault(id(module), path)
        if first != path:
            raise SnnError(
                f"{label_of(path, module)} is the same object as module {first!r}, so both share "
                "one state; give each place a module of its own"
            )


def unsupported(path: str, module: nn.Module, supported: str) -> SnnError:
    """The error for a module without a counterpart, with a hint where to look."""
    if type_before_parametrizations(module) in _MAXIMA:
        return SnnError(
            f"{label_of(path, module)} is not supported: a maximum of spikes is no sum over "
            "synapses; train with average pooling, or with a stride of the convolution"
        )
    inside = [name for name, child in module.named_children() if isinstance(child, nn.Sequential)]
    hint = f"; pass the nn.Sequential inside it instead: {', '.join(inside)}" if inside else ""
    if not inside and next(module.children(), None) is not None:
        hint = "; pass its layers in the order in which they run, as a list"
    return SnnError(f"{label_of(path, module)} is not supported{hint}; supported are: {supported}")


def append_layer(
    chain: Chain, path: str, module: Any, others: Mapping[type, type] | None = None
) -> bool:
    """Append a layer of torch without neurons.

    Args:
        chain: layers so far.
        path: path of the module in its model.
        module: the module.
        others: types of a library that do what a type of torch does.

    Returns:
        Whether it is such a layer.

    Raises:
        SnnError: it has a form that no synapses have, or does not fit what came before.
    """
    kind = type_before_parametrizations(module)
    kind = (others or {}).get(kind, kind)
    label = label_of(path, module)
    if kind is nn.Linear:
        chain.linear(label, module.weight, module.bias)
    elif kind in _CONVOLUTIONS:
        chain.convolution(label, _convolution(label, module), module.bias)
    elif kind in _NORMS:
        chain.normalize(label, module)
    elif kind in _POOLS:
        chain.pool(label, _pool(label, module, _POOLS.index(kind) + 1))
    elif kind in _WIDE_POOLS:
        chain.pool(label, _wide_pool(module))
    elif kind is nn.Flatten:
        _check_flatten(label, module)
        chain.flatten()
    else:
        return kind in _SILENT
    return True


def _convolution(label: str, module: Any) -> Callable[[tuple[int, ...]], Synapses]:
    if module.padding_mode != "zeros":
        raise SnnError(f"{label}: padding_mode is {module.padding_mode!r}; only 'zeros' can be had")
    weight = module.weight.detach().cpu().double().numpy()

    def lower(shape: tuple[int, ...]) -> Synapses:
        options = (module.stride, module.padding, module.dilation, module.groups)
        return conv_synapses(weight, shape, *options, limit=LIMIT)

    return lower


def _pool(label: str, module: Any, axes: int) -> Callable[[tuple[int, ...]], Synapses]:
    def each(values: int | Sequence[int]) -> list[int]:
        return [values] * axes if isinstance(values, int) else list(values) * (axes // len(values))

    if module.ceil_mode:
        raise SnnError(f"{label}: ceil_mode=True cannot be had; pad its input")
    kernel, padding = each(module.kernel_size), each(module.padding)
    if any(padding) and not module.count_include_pad:
        raise SnnError(f"{label}: count_include_pad=False cannot be had with padding; use True")
    divisor = getattr(module, "divisor_override", None)

    def lower(shape: tuple[int, ...]) -> Synapses:
        stride = each(module.stride)
        found = pool_synapses(kernel, shape, stride, padding, divisor is None, limit=LIMIT)
        if divisor is None:
            return found
        return Synapses(found.shape, found.pre, found.post, found.weight / divisor)

    return lower


def _wide_pool(module: Any) -> Callable[[tuple[int, ...]], Synapses]:
    def lower(shape: tuple[int, ...]) -> Synapses:
        space, wanted = shape[1:], module.output_size
        sizes = [wanted] * len(space) if isinstance(wanted, int) else list(wanted)
        sizes = [a if b is None else b for a, b in zip(space, sizes, strict=True)]
        if any(a % b for a, b in zip(space, sizes, strict=True)):
            raise SnnError(f"windows of {sizes} outputs would overlap; use AvgPool with a stride")
        kernel = [a // b for a, b in zip(space, sizes, strict=True)]
        return pool_synapses(kernel, shape, kernel, limit=LIMIT)

    return lower


def _check_flatten(label: str, flatten: Any) -> None:
    # [B, N], or [T, B, N] for torch's own layer in a network that takes whole sequences
    if flatten.start_dim not in (1, 2, -1) or flatten.end_dim != -1:
        raise SnnError(
            f"{label} flattens dimensions {flatten.start_dim} to {flatten.end_dim}; only a layer "
            "that keeps time and batch and flattens all the rest can be left out"
        )
