"""What libraries that read NIR take, and what each of them would read as another network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from polychrony.snn.exchange.nir.errors import NirError
from polychrony.snn.exchange.nir.times import Discretization
from polychrony.snn.graph import NetworkGraph, Population

Reader = Literal["norse", "snntorch", "spikingjelly", "sinabs"]


@dataclass(frozen=True)
class Target:
    """How a file is written so that a library reads the network that was meant.

    Readout potentials, LI, none of these libraries reads with its gain: what is written for them
    ends in the current of the readout.

    Args:
        dt: what the library takes a step for; None where it can be told.
        discretization: how it makes factors of time constants.
        gain_in_weights: whether r must be 1, with the gain in the weights.
        loops: whether it runs a layer that hears itself.
        without_leak: whether it runs neurons that do not leak.
        without_memory: whether it runs neurons with decay 0.
        uniform_threshold: whether all neurons of a layer must have one threshold.
        uniform_decay: whether they must have one time constant.
    """

    dt: float | None
    discretization: Discretization
    gain_in_weights: bool = False
    loops: bool = False
    without_leak: bool = False
    without_memory: bool = True
    uniform_threshold: bool = False
    uniform_decay: bool = False


TARGETS: dict[str, Target] = {
    "norse": Target(None, "euler", gain_in_weights=True, loops=True, without_leak=True),
    "snntorch": Target(1e-4, "euler", uniform_threshold=True),
    "spikingjelly": Target(
        None,
        "euler",
        loops=True,
        without_leak=True,
        without_memory=False,
        uniform_threshold=True,
        uniform_decay=True,
    ),
    "sinabs": Target(1.0, "exact"),
}
"""Measured with norse 1.1.0, snntorch 1.0.0, spikingjelly 2.0.0 and sinabs 3.1.3."""


def target_for(reader: str, graph: NetworkGraph) -> Target:
    """What a library takes.

    Args:
        reader: its name.
        graph: the network that it is to read.

    Raises:
        NirError: the library is not known, or would read another network, or none.
    """
    if reader not in TARGETS:
        raise NirError(f"reader is {reader!r}; known are {', '.join(get_args(Reader))}")
    target = TARGETS[reader]
    for reason in _reasons(graph, target):
        raise NirError(
            f"{reader} would not read this network as it is: {reason}. Write the file without "
            "naming a reader for tools that follow NIR to the letter"
        )
    return target


def _reasons(graph: NetworkGraph, target: Target) -> Iterator[str]:
    for projection in graph.projections:
        loop = projection.source == projection.target
        if loop and not target.loops and projection.n_synapses:
            yield f"{projection.label}: it does not feed spikes back one step later"
        steps = projection.delay - (1 if loop else 0)
        if steps.any():
            yield f"{projection.label}: it has no Delay, and these synapses have delays"
    if any(
        component.window is not None and len(component.names) > 1 for component in graph.components
    ):
        yield "populations form a loop, which it orders in its own way"
    for population in graph:
        yield from _neurons(population, target)


def _neurons(population: Population, target: Target) -> Iterator[str]:
    if population.kind != "lif":
        return
    name = population.name
    if population.v_reset != 0:
        how = "softly" if population.v_reset is None else f"to {population.v_reset:g}"
        yield f"{name!r} is reset {how}, and it resets to 0"
    decay, threshold = population.decay, population.v_threshold
    if (decay == 1).any() and not target.without_leak:
        yield f"{name!r} does not leak, and its IF neurons do or are clamped"
    if (decay == 0).any() and not target.without_memory:
        yield f"{name!r} has decay 0, and it needs time constants of more than a step"
    if (threshold != threshold[0]).any() and target.uniform_threshold:
        yield f"{name!r} has several thresholds, and it takes one for each layer"
    if (decay != decay[0]).any() and target.uniform_decay:
        yield f"{name!r} has several time constants, and it takes one for each layer"
