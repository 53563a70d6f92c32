"""Networks trained with snntorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import nn

from polychrony.snn.errors import SnnError
from polychrony.snn.exchange.chain import Chain
from polychrony.snn.exchange.dynamics import Dynamics, subtracting
from polychrony.snn.exchange.modules import (
    NAMES,
    Once,
    append_layer,
    in_a_row,
    label_of,
    leaves,
    unsupported,
)
from polychrony.snn.general_lif import Reset
from polychrony.snn.graph import NetworkGraph

SUPPORTED = f"nn.Sequential, Leaky, {NAMES}"


def _import() -> type:
    try:
        from snntorch import Leaky
    except ImportError as error:
        raise SnnError(
            f"snntorch cannot be imported ({error}): pip install 'polychrony[snntorch]'"
        ) from error
    kind: type = Leaky
    return kind


def _dynamics(label: str, node: Any) -> Dynamics:
    """Population of `Leaky`, see `polychrony.snn.LIF.like`."""
    options = {"inhibition": bool(node.inhibition), "state_quant": bool(node.state_quant)}
    if wrong := [name for name, used in options.items() if used]:
        raise SnnError(f"{label} uses {wrong[0]}, which has no counterpart; train without it")
    if (node.graded_spikes_factor != 1).any():
        raise SnnError(
            f"{label}: graded_spikes_factor is {node.graded_spikes_factor.tolist()}, but spikes "
            "are 0 or 1 here; multiply the weights that follow"
        )
    beta = node.beta.detach().cpu().double().clamp(0, 1).numpy()
    v_threshold = node.threshold.detach().cpu().double().numpy()
    if not np.all(v_threshold > 0):
        raise SnnError(f"{label}: threshold is {v_threshold.tolist()}, it must be above 0")
    if node.reset_mechanism == "zero":
        return Dynamics(beta, 1.0, v_threshold, 0.0, strict=True)
    subtracts: Reset = "late" if node.reset_delay else "once"
    reset: Reset = "none" if node.reset_mechanism == "none" else subtracts
    try:
        return subtracting(beta, 1.0, v_threshold, True, reset, v_threshold)
    except SnnError as error:
        raise SnnError(f"{label}: {error}") from error


def from_snntorch(
    model: nn.Module | Sequence[nn.Module],
    dt: float,
    input_name: str = "input",
    input_shape: Sequence[int] | None = None,
) -> NetworkGraph:
    """Graph of a feed-forward network of snntorch, as it runs in evaluation from rest.

    `Leaky` fires at mem > threshold, and by default a spike takes the threshold off the next step:

        U[t] = beta * U[t-1] + X[t] - threshold * S[t-1]

    A population with soft reset takes it off before the leak, beta * (U - threshold * S), so each
    neuron gets a synapse to itself of weight -(1 - beta) * threshold and a delay of 1 step; with
    `reset_mechanism="none"` its weight is +beta * threshold. With `"zero"` no such synapse is
    needed, and only such networks can go on a chip: those modelled so far reset to 0 V and refuse
    soft reset. The threshold is the next larger number of float32, so that meeting it is not
    enough. Layers without neurons are taken as in `from_spikingjelly`.

    Args:
        model: an nn.Sequential, nested or not, or, as most models of snntorch have a forward of
            their own, the layers in the order in which they run: `[net.fc1, net.lif1, net.fc2,
            net.lif2]`. Nothing is changed.
        dt: duration that one step stands for, s.
        input_name: name of the input population.
        input_shape: shape of the input of a step, [C, *space]; needed for convolutions.

    Returns:
        The graph. Its spikes agree step for step up to rounding.

    Raises:
        SnnError: snntorch is not installed, or the model holds what has no counterpart.
    """
    leaky = _import()
    chain, once = Chain(input_shape), Once()
    for path, module in leaves("", in_a_row(model)):
        if type(module) is leaky:
            once(path, module)
            label = label_of(path, module)
            chain.neurons(label, _dynamics(label, module))
        elif not append_layer(chain, path, module):
            raise unsupported(path, module, SUPPORTED)
    return chain.graph(input_name, dt)
