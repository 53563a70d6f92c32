"""Nodes and edges of a network on its way to NIR."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.snn.exchange.nir.errors import NirError
from polychrony.snn.exchange.nir.taps import Tap
from polychrony.snn.exchange.nir.times import Discretization, strict_threshold, time_constant
from polychrony.snn.exchange.nir.tree import Node, Tree

WRITER = "polychrony"
"""What the metadata of our files name as their writer."""

Array = npt.NDArray[Any]


class Draft:
    """Nodes and edges made so far.

    Args:
        dt: what one step is taken for in time constants and delays.
        how: how a reader makes factors per step.
        gain_in_weights: whether r is 1 and weights hold the gain.
        limit: bytes that weights may take.
    """

    def __init__(self, dt: float, how: Discretization, gain_in_weights: bool, limit: int) -> None:
        if not (math.isfinite(dt) and dt > 0):
            raise NirError(f"dt is {dt}; it must be above 0")
        if how not in ("euler", "exact"):
            raise NirError(f"discretization is {how!r}; use 'euler' or 'exact'")
        self.dt, self.how, self.gain_in_weights = dt, how, gain_in_weights
        self.bytes_per_weight = 8 if gain_in_weights else 4
        self.nodes: dict[str, Node | Tree] = {}
        self.edges: list[tuple[str, str]] = []
        self._left = limit

    @property
    def weights_left(self) -> int:
        """Weights that still may be written."""
        return max(self._left, 0) // self.bytes_per_weight

    def pay(self, weights: int, where: str) -> None:
        """Count weights before they are made.

        Raises:
            NirError: they take more than the limit.
        """
        self._left -= weights * self.bytes_per_weight
        if self._left < 0:
            raise NirError(f"{where}: dense weights take more than the limit; raise it")

    def tree(self, step_s: float) -> Tree:
        """All of it, with the metadata that tell how it is meant.

        Args:
            step_s: duration of a step, s.
        """
        said = {
            "writer": WRITER,
            "dt": self.dt,
            "step_s": step_s,
            "discretization": self.how,
            "time_unit": "s" if self.dt == step_s else f"{step_s / self.dt:g} s",
        }
        return Tree(self.nodes, self.edges, said)

    def free(self, wanted: str) -> str:
        """A name that HDF5 and readers can take, and nobody has; it is taken from now on."""
        safe = re.sub(r"[^A-Za-z0-9_]", "_", wanted)[:200]
        name, count = safe, 1
        while name in self.nodes:
            count += 1
            name = f"{safe}_{count}"
        self.nodes[name] = Tree({}, [])  # holds the place
        return name

    def add(self, wanted: str, kind: str, **parameters: Any) -> str:
        """A new node; its name."""
        name = self.free(wanted)
        self.put(name, kind, {}, **parameters)
        return name

    def put(self, name: str, kind: str, metadata: dict[str, Any], **parameters: Any) -> None:
        """A node of a name that was taken before."""
        self.nodes[name] = Node(name, kind, parameters, metadata)

    def delayed(self, steps: Array, label: str, sender: str) -> str:
        """What a node sends, `steps` later; the node that sends it then."""
        if not steps.any():
            return sender
        name = self.add(f"{label}_delay", "Delay", delay=steps * self.dt)
        self.edges.append((sender, name))
        return name

    def layer(
        self,
        tap: Tap,
        sender: str,
        label: str,
        gain: Array | None,
        bias: Array | None,
        metadata: dict[str, Any],
    ) -> str:
        """Delay, and Affine with a bias or else Linear.

        Args:
            tap: the synapses.
            sender: node that they begin at.
            label: wanted name.
            gain: what a reader multiplies the input with, so that weights are divided by it; None
                for 1.
            bias: constant of every step, or None.
            metadata: of the layer.

        Returns:
            The node that they end in.
        """
        sender = self.delayed(tap.delay, label, sender)
        weight: Array = tap.weight
        shift = bias
        if gain is not None:
            weight = tap.weight / gain[:, np.newaxis]
            shift = None if bias is None else bias / gain
        name = self.free(label)
        if shift is None:
            self.put(name, "Linear", metadata, weight=weight)
        else:
            self.put(name, "Affine", metadata, weight=weight, bias=shift)
        self.edges.append((sender, name))
        return name

    def rest(self, decay: Array) -> Array:
        """What a reader takes for 1 - decay."""
        ratio = self.dt / time_constant(decay, self.dt, self.how)
        return ratio if self.how == "euler" else -np.expm1(-ratio)

    def integrators(self, name: str, said: dict[str, Any], decay: Array) -> None:
        """LI of a readout, or I where nothing leaks."""
        values = self._integrator(decay)
        self.put(name, "LI" if "tau" in values else "I", said, **values)

    def neurons(
        self,
        name: str,
        said: dict[str, Any],
        decay: Array,
        v_threshold: Array,
        v_reset: float | None,
    ) -> str:
        """LIF, or IF where nothing leaks; with soft reset the loop that does the same.

        Returns:
            The node that sends their spikes.
        """
        if v_reset is None:
            self.integrators(name, said, decay)
            return self._soft_reset(name, decay, v_threshold)
        values = self._integrator(decay)
        values["v_threshold"] = strict_threshold(v_threshold)
        values["v_reset"] = np.full(decay.shape, v_reset, np.float64)
        self.put(name, "LIF" if "tau" in values else "IF", said, **values)
        return name

    def _integrator(self, decay: Array) -> dict[str, Array]:
        one = np.ones(decay.shape)
        if (decay == 1).all() and not self.gain_in_weights:
            return {"r": one / self.dt}
        tau = time_constant(decay, self.dt, self.how)
        r = one if self.gain_in_weights else 1 / self.rest(decay)
        return {"tau": tau, "r": r, "v_leak": one * 0}

    def _soft_reset(self, name: str, decay: Array, v_threshold: Array) -> str:
        if decay.ndim != 1:
            raise NirError(
                f"{name}: soft reset of neurons in space needs a matrix over all of them; flatten "
                "the layer, or reset to a value"
            )
        threshold = strict_threshold(v_threshold)
        fires = self.add(f"{name}_threshold", "Threshold", threshold=threshold)
        scale = self.rest(decay) if self.gain_in_weights else np.ones(decay.shape)
        back = self.free(f"{name}_reset")
        self.pay(decay.size**2, name)
        taken = np.diag(-decay.astype(np.float64) * v_threshold.astype(np.float64) / scale)
        self.put(back, "Linear", {"feedback": 1}, weight=taken)
        self.edges += [(name, fires), (fires, back), (back, name)]
        return fires
