"""Networks of plain torch, with neurons in place of their activations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import nn

from polychrony.snn.errors import SnnError
from polychrony.snn.exchange.chain import Chain
from polychrony.snn.exchange.dynamics import dynamics_of
from polychrony.snn.exchange.modules import (
    NAMES,
    append_layer,
    in_a_row,
    label_of,
    leaves,
    unsupported,
)
from polychrony.snn.general_lif import GeneralLIF
from polychrony.snn.graph import NetworkGraph
from polychrony.snn.li import LI
from polychrony.snn.lif import LIF

_ACTIVATIONS = (
    nn.ReLU,
    nn.ReLU6,
    nn.LeakyReLU,
    nn.PReLU,
    nn.ELU,
    nn.SELU,
    nn.CELU,
    nn.GELU,
    nn.SiLU,
    nn.Mish,
    nn.Softplus,
    nn.Sigmoid,
    nn.Tanh,
    nn.Hardtanh,
    nn.Hardsigmoid,
    nn.Hardswish,
)
Neurons = LIF | GeneralLIF | LI
SUPPORTED = (
    f"nn.Sequential, LIF, LIF.like, LI, {NAMES}, and as places for neurons "
    f"{', '.join(kind.__name__ for kind in _ACTIVATIONS)}"
)


def from_torch(
    model: nn.Module | Sequence[nn.Module],
    neuron: Callable[[], Neurons],
    input_shape: Sequence[int] | None = None,
    input_name: str = "input",
) -> NetworkGraph:
    """Graph of a feed-forward network of torch, with neurons in place of its activations.

    Each activation becomes a population of the neurons that `neuron` makes, whatever its kind; the
    layers are taken as in `from_spikingjelly`. Weights stay as they are: nothing is scaled, so a
    network that was trained without spikes need not decide as before. One that holds `LIF`, `LI` or
    what `LIF.like` returns keeps them.

    Args:
        model: an nn.Sequential, nested or not, or the layers in the order in which they run; it is
            not changed.
        neuron: makes the neurons of a layer, for instance `lambda: LIF(10e-3, dt=1e-3)`; its `dt`
            is that of the graph.
        input_shape: shape of the input of a step, [C, *space]; needed for convolutions.
        input_name: name of the input population.

    Returns:
        The graph. Synapses at the end, with no neurons after them, become a readout of kind li with
        decay 0.

    Raises:
        SnnError: the model holds what has no counterpart, or neurons of another `dt`.
    """
    chain, dt = Chain(input_shape), neuron().dt
    for path, module in leaves("", in_a_row(model)):
        if isinstance(module, Neurons) or type(module) in _ACTIVATIONS:
            label = label_of(path, module)
            neurons = module if isinstance(module, Neurons) else neuron()
            if neurons.dt != dt:
                raise SnnError(f"{label} has steps of {neurons.dt} s, the others of {dt} s")
            chain.neurons(label, dynamics_of(label, neurons))
        elif not append_layer(chain, path, module):
            raise unsupported(path, module, SUPPORTED)
    return chain.graph(input_name, dt)
