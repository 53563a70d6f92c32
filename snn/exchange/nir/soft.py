"""Soft reset in NIR, which has no word for it: a loop that takes the threshold off again."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from polychrony.snn.exchange.nir.flat import Flat, flat
from polychrony.snn.exchange.nir.neurons import Dynamics, dynamics
from polychrony.snn.exchange.nir.times import Discretization, inclusive_threshold
from polychrony.snn.exchange.nir.tree import Node


class Loop(NamedTuple):
    """h[t] = decay * h[t-1] + x[t] - decay * v_threshold * s[t-1];  s[t] = (h[t] >= v_threshold).

    That is soft reset, with h the potential before it. The loop takes one step.
    """

    integrator: str
    """Node LI, or I where nothing leaks."""
    threshold: str
    """Node Threshold."""
    feedback: str
    """Node Affine, Linear or Scale, diagonal: -decay * v_threshold / gain."""


def fused(graph: Flat, dt: float, how: Discretization) -> tuple[Flat, dict[str, Dynamics]]:
    """Replace each such loop by one node of neurons with soft reset.

    Args:
        graph: the nodes.
        dt: duration of a step, in the file's unit of time.
        how: how time constants become factors.

    Returns:
        The graph without thresholds and feedback, and the neurons of each integrator.

    Raises:
        NirError: a Threshold follows an integrator without such a loop.
    """
    found: dict[str, Dynamics] = {}
    gone: dict[str, str] = {}
    for name, node in graph.nodes.items():
        if node.kind != "Threshold":
            continue
        sources = [s for s in graph.before[name] if graph.nodes[s].kind in ("LI", "I", "CubaLI")]
        if not sources:
            continue
        loop = _loop(graph, name)
        if loop is None:
            raise node.error(
                f"compares the potential of {sources[0]!r}, which no spike resets; put LIF neurons "
                "there, or feed spikes back with a diagonal of -decay * threshold for soft reset"
            )
        found[loop.integrator] = _dynamics(graph, loop, dt, how)
        gone |= {loop.threshold: loop.integrator, loop.feedback: ""}
    edges = [
        (gone.get(source, source), target)
        for source, target in graph.edges
        if target not in gone and gone.get(source) != ""
    ]
    nodes = {name: node for name, node in graph.nodes.items() if name not in gone}
    return flat(nodes, edges), found


def _loop(graph: Flat, threshold: str) -> Loop | None:
    if len(graph.before[threshold]) != 1:
        return None
    integrator = graph.before[threshold][0]
    if graph.nodes[integrator].kind == "CubaLI" or graph.after[integrator] != [threshold]:
        return None
    for name in graph.after[threshold]:
        linear = graph.nodes[name].kind in ("Affine", "Linear", "Scale")
        if linear and graph.after[name] == [integrator] and graph.before[name] == [threshold]:
            return Loop(integrator, threshold, name)
    return None


def _dynamics(graph: Flat, loop: Loop, dt: float, how: Discretization) -> Dynamics:
    node = graph.nodes[loop.threshold]
    leaky = dynamics(graph.nodes[loop.integrator], dt, how)
    limit = inclusive_threshold(node["threshold"].reshape(-1))
    if limit.shape != leaky.decay.shape or not (limit > 0).all():
        raise node.error("is not above 0, or of another size than the neurons it compares")
    taken = _diagonal(graph.nodes[loop.feedback], len(limit)) * leaky.gain
    if not np.allclose(taken, -leaky.decay * limit, rtol=1e-5, atol=1e-30):
        raise graph.nodes[loop.feedback].error(
            "feeds back something else than -decay * threshold, so this is no soft reset; other "
            "feedback around an integrator and a Threshold has no counterpart"
        )
    return replace(leaky, kind="lif", v_threshold=limit, v_reset=None)


def _diagonal(node: Node, size: int) -> np.ndarray:
    if node.kind == "Scale":
        values = node["scale"].reshape(-1).astype(np.float64)
    else:
        weight = node["weight"]
        values = np.diagonal(weight).astype(np.float64)
        off = np.count_nonzero(weight) - np.count_nonzero(values)
        if off or ("bias" in node.parameters and node["bias"].any()):
            raise node.error("is not diagonal or has a bias, so this is no soft reset")
    if len(values) != size:
        raise node.error(f"has {len(values)} entries for {size} neurons")
    return values
