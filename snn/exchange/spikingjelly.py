"""Networks trained with spikingjelly."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.utils.parametrize import type_before_parametrizations

from polychrony.snn.errors import SnnError
from polychrony.snn.exchange.chain import Chain
from polychrony.snn.exchange.dynamics import Dynamics
from polychrony.snn.exchange.modules import (
    LAYERS,
    NAMES,
    Once,
    append_layer,
    in_a_row,
    label_of,
    leaves,
    unsupported,
)
from polychrony.snn.graph import NetworkGraph

SUPPORTED = (
    "nn.Sequential, MultiStepContainer, SeqToANNContainer, IFNode, LIFNode, ParametricLIFNode, "
    f"Delay, {NAMES}"
)


class _Library(NamedTuple):
    layer: ModuleType
    neuron: ModuleType

    @property
    def layers(self) -> dict[type, type]:
        """Its layers that are torch's, with a mode for whole sequences."""
        found = ((getattr(self.layer, kind.__name__, None), kind) for kind in LAYERS)
        return {own: kind for own, kind in found if own is not None}


def _import() -> _Library:
    try:
        from spikingjelly.activation_based import layer, neuron
    except ImportError as error:
        raise SnnError(
            f"spikingjelly cannot be imported ({error}): pip install 'polychrony[spikingjelly]'"
        ) from error
    return _Library(layer, neuron)


def _check_containers(module: nn.Module, library: _Library) -> None:
    layer, neuron = library
    for outer, container in module.named_modules():
        if type(container) is not layer.SeqToANNContainer:
            continue
        for name, child in container.named_modules():
            if isinstance(child, neuron.BaseNode | layer.Delay):
                raise SnnError(
                    f"{label_of(f'{outer}.{name}'.lstrip('.'), child)} keeps state, but stands in "
                    "a SeqToANNContainer, which takes steps for samples; move it out"
                )


def _dynamics(label: str, node: Any, neuron: ModuleType) -> Dynamics:
    """Shift potentials by the resting one, which is the reset one, so that they leak to 0."""
    rest = 0.0 if node.v_reset is None else float(node.v_reset)
    start = node.get_reset_value("v")
    if start != rest:
        raise SnnError(f"{label} starts at {start}, but neurons can only start at rest, {rest}")
    v_threshold = float(node.v_threshold) - rest
    if not v_threshold > 0:
        raise SnnError(f"{label}: v_threshold is {node.v_threshold}, it must be above {rest}")
    v_reset = None if node.v_reset is None else 0.0
    if type(node) is neuron.IFNode:
        return Dynamics(1.0, 1.0, v_threshold, v_reset)
    parametric = type(node) is neuron.ParametricLIFNode
    leak = torch.sigmoid(node.w.detach().double()).item() if parametric else 1 / float(node.tau)
    return Dynamics(1 - leak, leak if node.decay_input else 1.0, v_threshold, v_reset)


def _append(chain: Chain, path: str, module: Any, library: _Library) -> None:
    layer, neuron = library
    label, kind = label_of(path, module), type_before_parametrizations(module)
    if kind in (neuron.IFNode, neuron.LIFNode, neuron.ParametricLIFNode):
        chain.neurons(label, _dynamics(label, module, neuron))
    elif kind is layer.Delay:
        chain.delay(label, module.delay_steps)
    elif not append_layer(chain, path, module, library.layers):
        raise unsupported(path, module, SUPPORTED)


def from_spikingjelly(
    model: nn.Module | Sequence[nn.Module],
    dt: float,
    input_name: str = "input",
    input_shape: Sequence[int] | None = None,
) -> NetworkGraph:
    """Graph of a feed-forward network of spikingjelly, as it runs in evaluation from `reset_net`.

    A neuron of spikingjelly leaks to its reset potential r (0 for soft reset) with the rate k,
    which is 1 / tau (0 for IFNode, sigmoid(w) for ParametricLIFNode):

        H[t] = V[t-1] - k * (V[t-1] - r) + g * X[t]
        h[t] = (1 - k) * u[t-1] + g * X[t], the same with u = V - r

    g is k with `decay_input` and else 1. It fires at h >= v_threshold - r and is reset to 0 or by
    subtraction: a population with decay 1 - k, that threshold, and g in weights and bias.

    Convolutions become synapses one by one. Batch normalisation is folded into the synapses before
    it, with its running statistics; average pooling becomes one with the synapses that follow, or
    that come before. Delay becomes the delay of the synapses that follow it, or that come before it
    without a bias. Dropout and Identity are left out; the input population is flat, channel by
    channel. Synapses at the end, with no neurons after them, become a readout of kind li with decay
    0: its potential is the layer's output of the same step. Decisions from it take the sum of
    softmax over steps; where the network was trained on the mean over steps, they can differ.

    Populations are called `input_name`, `hidden1`, `hidden2`, ... and `output`. Results agree step
    for step up to rounding: weights, decays and thresholds are rounded to float32 once, after all
    folding.

    Args:
        model: an nn.Sequential, nested or not, in any step mode, or the layers in the order in
            which they run; it is not changed.
        dt: duration that one step stands for, s.
        input_name: name of the input population.
        input_shape: shape of the input of a step, [C, *space]; needed for convolutions.

    Returns:
        The graph.

    Raises:
        SnnError: spikingjelly is not installed, or the model holds what has no counterpart.
    """
    library = _import()
    chain, once, model = Chain(input_shape), Once(), in_a_row(model)
    _check_containers(model, library)
    containers = (library.layer.MultiStepContainer, library.layer.SeqToANNContainer)
    for path, module in leaves("", model, containers):
        if isinstance(module, library.neuron.BaseNode | library.layer.Delay):
            once(path, module)
        _append(chain, path, module, library)
    return chain.graph(input_name, dt)
