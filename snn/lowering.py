"""Parts of graphs that several kinds of networks are made of."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from polychrony.snn.delays.linear import DelayedLinear
from polychrony.snn.graph import Population, Projection
from polychrony.snn.lif import LIF


def single(values: Tensor) -> npt.NDArray[np.float32]:
    """Values as graphs keep them."""
    return values.detach().float().cpu().numpy()


def delayed_projection(
    source: str, target: str, layer: DelayedLinear, later: int = 0
) -> Projection:
    """Synapses of a layer, with delays rounded to whole steps.

    Args:
        source: name of the population that spikes.
        target: name of the population that receives.
        layer: the layer.
        later: steps added to every delay.
    """
    weight, delay = layer.weight.detach().cpu(), layer.weight_delay.detach().cpu()
    steps = delay.round().to(torch.int32).numpy() + later
    return Projection.from_dense(source, target, weight.double().numpy(), steps)


def lif_population(name: str, size: int, neurons: LIF, bias: Tensor | None) -> Population:
    """Neurons of a layer.

    Args:
        name: name of the population.
        size: number of neurons.
        neurons: their parameters.
        bias: constant of every step, V, [N]; None for none.
    """
    return Population(
        name,
        size,
        "lif",
        decay=single(neurons.decay),
        v_threshold=np.asarray(neurons.v_threshold, np.float32),
        v_reset=neurons.v_reset,
        bias=bias_of(bias),
    )


def bias_of(bias: Tensor | None) -> npt.NDArray[np.float32]:
    """Bias as a population takes it."""
    return np.zeros(1, np.float32) if bias is None else single(bias)
