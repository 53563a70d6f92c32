"""A local learning rule as hardware sees it: names and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from polychrony.hardware.errors import HardwareError
from polychrony.snn.graph import NetworkGraph

Policy = Literal["sequence", "online"]
POLICIES: tuple[Policy, ...] = get_args(Policy)
"""One change of each weight per sequence, from what its synapse has added up; or one per step."""


@dataclass(frozen=True)
class LayerLearning:
    """How the synapses that end at one population learn.

    Args:
        population: its name.
        causal: whether a synapse reads the trace q of its input,
            q[t] = pre_decay * q[t-1] + x[t].
        pre_decay: factor of q per step, in [0, 1]; with 0, q is the input, and no trace is kept.
        synapse_decay: factor per step by which each synapse filters what it reads, in [0, 1]; with
            0 it keeps nothing.
        post_trace: whether each neuron keeps a trace, which its synapses read where input arrives.
        signal_per_spike: synaptic operations by which a spike of a neuron takes part in the
            layer's learning signal.
        signal_per_step: products that make the signal of one neuron, each step.
        silent: neurons whose signal is 0 whatever happens.

    Raises:
        HardwareError: a number is out of its range.
    """

    population: str
    causal: bool = True
    pre_decay: float = 0.0
    synapse_decay: float = 0.0
    post_trace: bool = False
    signal_per_spike: int = 0
    signal_per_step: int = 0
    silent: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("pre_decay", "synapse_decay"):
            if not 0 <= getattr(self, name) <= 1:
                raise HardwareError(
                    f"learning of {self.population!r}: {name} is {getattr(self, name)}; it must "
                    "lie in [0, 1]"
                )
        for name in ("signal_per_spike", "signal_per_step"):
            if getattr(self, name) < 0:
                raise HardwareError(
                    f"learning of {self.population!r}: {name} is {getattr(self, name)}; it cannot "
                    "be negative"
                )

    @property
    def pre_trace(self) -> bool:
        """Whether inputs keep traces."""
        return self.causal and self.pre_decay > 0

    @property
    def fixed_weights(self) -> int:
        """Fixed weights of the learning signal that each neuron needs."""
        return max(self.signal_per_spike, self.signal_per_step)


@dataclass(frozen=True)
class LearningRule:
    """A rule of learning.

    Args:
        name: what reports call it.
        layers: the populations whose synapses learn.
        first_step: steps before it bring no learning signal.

    Raises:
        HardwareError: a population stands there twice, or `first_step` is negative.
    """

    name: str
    layers: tuple[LayerLearning, ...]
    first_step: int = 0

    def __post_init__(self) -> None:
        if self.first_step < 0:
            raise HardwareError(f"first_step is {self.first_step}; it cannot be negative")
        names = [layer.population for layer in self.layers]
        if len(set(names)) < len(names):
            raise HardwareError(f"a population learns twice: {', '.join(names)}")

    def check(self, graph: NetworkGraph) -> None:
        """Refuse a network that has not all of the rule's populations.

        Raises:
            GraphError: a population is missing.
            HardwareError: a silent neuron is.
        """
        for layer in self.layers:
            size = graph[layer.population].size
            if any(not 0 <= neuron < size for neuron in layer.silent):
                raise HardwareError(
                    f"learning of {layer.population!r}: silent neurons must lie in 0 .. {size - 1}"
                )
