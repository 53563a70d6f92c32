"""Networks trained with spikingjelly."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.utils.parametrize import type_before_parametrizations

from polychrony.snn.errors import SnnError
from polychrony.snn.exchange.chain import Chain, Dynamics
from polychrony.snn.graph import NetworkGraph

SUPPORTED = (
    "nn.Sequential, MultiStepContainer, SeqToANNContainer, Linear, BatchNorm1d, IFNode, LIFNode, "
    "ParametricLIFNode, Delay, Dropout, Flatten, Identity"
)


class _Library(NamedTuple):
    layer: ModuleType
    neuron: ModuleType


def _import() -> _Library:
    try:
        from spikingjelly.activation_based import layer, neuron
    except ImportError as error:
        raise SnnError(
            f"spikingjelly cannot be imported ({error}): pip install 'polychrony[spikingjelly]'"
        ) from error
    return _Library(layer, neuron)


def _label(path: str, module: nn.Module) -> str:
    kind = type_before_parametrizations(module).__name__
    return f"module {path!r} ({kind})" if path else f"the model ({kind})"


def _leaves(path: str, module: nn.Module, library: _Library) -> Iterator[tuple[str, nn.Module]]:
    """Modules in order of execution; one that stands in several places comes several times."""
    layer, neuron = library
    kind = type(module)
    containers = (layer.MultiStepContainer, layer.SeqToANNContainer)
    if kind.forward is not nn.Sequential.forward and kind not in containers:
        yield path, module
        return
    if kind is layer.SeqToANNContainer:
        for name, child in module.named_modules():
            if isinstance(child, neuron.BaseNode | layer.Delay):
                raise SnnError(
                    f"{_label(f'{path}.{name}'.lstrip('.'), child)} keeps state, but stands in a "
                    "SeqToANNContainer, which takes steps for samples; move it out"
                )
    for name, part in module._modules.items():
        if part is not None:
            yield from _leaves(f"{path}.{name}" if path else name, part, library)


def _dynamics(label: str, node: Any, neuron: ModuleType) -> Dynamics:
    """Shift potentials by the resting one, which is the reset one, so that they leak to 0."""
    rest = 0.0 if node.v_reset is None else float(node.v_reset)
    start = node.get_reset_value("v")
    if start != rest:
        raise SnnError(f"{label} starts at {start}, but neurons can only start at rest, {rest}")
    v_threshold = float(node.v_threshold) - rest
    if not v_threshold > 0:
        raise SnnError(f"{label}: v_threshold is {node.v_threshold}, it must be above {rest}")
    soft_reset = node.v_reset is None
    if type(node) is neuron.IFNode:
        return Dynamics(1.0, 1.0, v_threshold, soft_reset)
    parametric = type(node) is neuron.ParametricLIFNode
    leak = torch.sigmoid(node.w.detach().double()).item() if parametric else 1 / float(node.tau)
    return Dynamics(1 - leak, leak if node.decay_input else 1.0, v_threshold, soft_reset)


def _check_flatten(label: str, flatten: Any) -> None:
    # [B, N], or [T, B, N] for torch's own layer in a network that takes whole sequences
    if flatten.start_dim not in (1, 2, -1) or flatten.end_dim != -1:
        raise SnnError(
            f"{label} flattens dimensions {flatten.start_dim} to {flatten.end_dim}; only a layer "
            "that keeps time and batch and flattens all the rest can be left out"
        )


def _unsupported(path: str, module: nn.Module) -> SnnError:
    inside = [name for name, child in module.named_children() if isinstance(child, nn.Sequential)]
    hint = f"; pass the nn.Sequential inside it instead: {', '.join(inside)}" if inside else ""
    return SnnError(f"{_label(path, module)} is not supported{hint}; supported are: {SUPPORTED}")


def _append(chain: Chain, path: str, module: Any, library: _Library) -> None:
    layer, neuron = library
    label, kind = _label(path, module), type_before_parametrizations(module)
    if kind in (nn.Linear, layer.Linear):
        chain.linear(label, module.weight, module.bias)
    elif kind in (nn.BatchNorm1d, layer.BatchNorm1d):
        chain.normalize(label, module)
    elif kind in (neuron.IFNode, neuron.LIFNode, neuron.ParametricLIFNode):
        chain.neurons(label, _dynamics(label, module, neuron))
    elif kind is layer.Delay:
        chain.delay(label, module.delay_steps)
    elif kind in (nn.Flatten, layer.Flatten):
        _check_flatten(label, module)
    elif kind not in (nn.Dropout, layer.Dropout, nn.Identity):
        raise _unsupported(path, module)


def from_spikingjelly(model: nn.Module, dt: float, input_name: str = "input") -> NetworkGraph:
    """Graph of a feed-forward network of spikingjelly, as it runs in evaluation from `reset_net`.

    A neuron of spikingjelly leaks to its reset potential r (0 for soft reset) with the rate
    k = 1 / tau (0 for IFNode, sigmoid(w) for ParametricLIFNode):
    H[t] = V[t-1] - k * (V[t-1] - r) + g * X[t], g = k with `decay_input` and else 1. With u = V - r
    this is  h[t] = (1 - k) * u[t-1] + g * X[t], fires at h >= v_threshold - r and is reset to 0 or
    by subtraction: a population with decay 1 - k, that threshold, and g in weights and bias.

    BatchNorm1d is folded into the Linear before it, with its running statistics. Delay becomes the
    delay of the synapses of the Linear that follows it, or that comes before it without a bias.
    Dropout and Identity are left out, and so is Flatten: the input population is flat. A Linear at
    the end, with no neurons after it, becomes a readout of kind li with decay 0: its potential is
    the layer's output of the same step. Decisions from it take the sum of softmax over steps; where
    the network was trained on the mean over steps, they can differ.

    Populations are called `input_name`, `hidden1`, `hidden2`, ... and `output`. Results agree step
    for step up to rounding: weights, decays and thresholds are rounded to float32 once, after all
    folding.

    Args:
        model: an nn.Sequential, nested or not, in any step mode; it is not changed.
        dt: duration that one step stands for, s.
        input_name: name of the input population.

    Returns:
        The graph.

    Raises:
        SnnError: spikingjelly is not installed, or the model holds what has no counterpart.
    """
    library = _import()
    chain = Chain()
    stateful: dict[int, str] = {}
    for path, module in _leaves("", model, library):
        if isinstance(module, library.neuron.BaseNode | library.layer.Delay):
            first = stateful.setdefault(id(module), path)
            if first != path:
                raise SnnError(
                    f"{_label(path, module)} is the same object as module {first!r}, so both share "
                    "one state; give each place a module of its own"
                )
        _append(chain, path, module, library)
    return chain.graph(input_name, dt)
