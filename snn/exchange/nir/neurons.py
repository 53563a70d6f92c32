"""Neurons of NIR as factors per step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from polychrony.snn.exchange.nir.errors import NirError
from polychrony.snn.exchange.nir.times import Discretization, decay_of, inclusive_threshold
from polychrony.snn.exchange.nir.tree import Node
from polychrony.snn.graph import Population

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Cells:
    """A population, perhaps with a synaptic current, which graphs for hardware do not have.

        i[t] = decay_syn * i[t-1] + x[t]

    and i[t] takes the place of the input in `population`.

    Args:
        population: the neurons.
        decay_syn: factor of the current per step, float32 [N]; None without such a current.
    """

    population: Population
    decay_syn: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class Dynamics:
    """Neurons whose potential is counted from where it leaks to, and starts there.

        h[t] = decay * u[t-1] + gain * I[t]

    All float64, flat.

    Args:
        kind: `"lif"`, or `"li"` for neurons that do not fire.
        decay: factor of the potential per step.
        gain: factor of the input.
        v_threshold: smallest potential that fires, float32.
        v_reset: potential after a spike; None for soft reset.
        decay_syn: factor of the synaptic current, or None.
    """

    kind: Literal["lif", "li"]
    decay: Array
    gain: Array
    v_threshold: Array
    v_reset: float | None
    decay_syn: Array | None = None

    def cells(self, name: str, bias: Array) -> Cells:
        """The neurons as a population.

        Args:
            name: its name.
            bias: what comes in in every step, flat.
        """
        population = Population(
            name,
            len(self.decay),
            self.kind,
            decay=_single(self.decay),
            v_threshold=self.v_threshold,
            v_reset=self.v_reset,
            bias=_single(bias * self.gain),
        )
        return Cells(population, None if self.decay_syn is None else _single(self.decay_syn))


def _single(values: Array) -> npt.NDArray[np.float32]:
    with np.errstate(over="ignore"):  # what becomes infinite is refused where it is used
        return values.astype(np.float32)


def dynamics(node: Node, dt: float, how: Discretization) -> Dynamics:
    """Neurons of a node.

    Args:
        node: a node of one of the kinds of neurons.
        dt: duration of a step, in the file's unit of time.
        how: how time constants become factors.

    Raises:
        NirError: time constants are shorter than a step, or neurons are reset to different
            potentials, or to one that fires again.
    """
    if node.kind == "Threshold":  # no memory: what comes in is compared and forgotten
        size = node["threshold"].size
        zero, one = np.zeros(size), np.ones(size)
        return Dynamics("lif", zero, one, inclusive_threshold(node["threshold"].reshape(-1)), 0.0)
    try:
        decay, gain, decay_syn = _factors(node, dt, how)
    except NirError as error:
        raise node.error(str(error)) from error
    rest: Array = node["v_leak"].reshape(-1) if "v_leak" in node.parameters else np.zeros(1)
    rest = rest if rest.any() else np.zeros(1, np.int8)  # adds nothing, not even a rounding
    if node.kind in ("I", "LI", "CubaLI"):
        if rest.any():
            raise node.error("v_leak is not 0; a readout here starts at 0 and leaks to it")
        return Dynamics("li", decay, gain, np.ones(1, np.float32), 0.0, decay_syn)
    threshold = node["v_threshold"].reshape(-1) - rest
    if not (threshold >= 0).all():
        raise node.error("v_threshold lies below v_leak; such neurons fire in every step")
    reset = node["v_reset"].reshape(-1) - rest if "v_reset" in node.parameters else 0 - rest
    if (reset != reset[0]).any():
        raise node.error(
            "v_reset - v_leak differs between neurons; here all neurons of a node are reset alike"
        )
    if not (reset < inclusive_threshold(threshold)).all():
        raise node.error(f"v_reset lies above v_threshold: {float(reset[0]):g}; it must be below")
    return Dynamics("lif", decay, gain, inclusive_threshold(threshold), float(reset[0]), decay_syn)


def _factors(node: Node, dt: float, how: Discretization) -> tuple[Array, Array, Array | None]:
    """Factor of the potential, factor of the input, and factor of the current."""
    r = node["r"].reshape(-1).astype(np.float64)
    if node.kind in ("I", "IF"):
        return np.ones(r.size), r * dt, None
    if node.kind in ("LI", "LIF"):
        decay, rest = decay_of(node["tau"].reshape(-1), dt, how)
        return decay, r * rest, None
    decay, rest = decay_of(node["tau_mem"].reshape(-1), dt, how)
    decay_syn, rest_syn = decay_of(node["tau_syn"].reshape(-1), dt, how)
    w_in = node["w_in"].reshape(-1) if "w_in" in node.parameters else np.ones(1)
    return decay, r * rest * w_in * rest_syn, decay_syn
