"""A random network in which neurons hear neighbours, as large as some chips."""

from __future__ import annotations

import numpy as np

from polychrony.snn.graph import NetworkGraph, Population, Projection

FAN_IN = 32
"""Synapses of each neuron."""
REACH = 512
"""Places in the layer before to either side from which they come."""
INPUTS = 1024
CLASSES = 10
DELAYS = 8
"""Delays of 1 to that many steps, drawn at random."""
DECAY = 0.9
BIASES = (0.105, 0.15)
"""Constant inputs, V, drawn at random: neurons fire by themselves every 10 to 30 steps."""


def local_graph(layers: int, width: int, seed: int = 0) -> NetworkGraph:
    """A chain of layers, each of which hears the one before, neighbours from neighbours.

    Neuron j of a layer of n hears `FAN_IN` neurons of the m before, each at floor(j m / n) + r, r
    drawn from -`REACH` to `REACH`, and the last place counts as next to the first.

    Args:
        layers: layers of LIF neurons.
        width: neurons of each.
        seed: of weights, delays and what hears what.

    Returns:
        Inputs, the layers, and a readout that hears the last of them.
    """
    rng = np.random.default_rng(seed)
    names = ["in", *(f"layer{k}" for k in range(layers)), "out"]
    sizes = [INPUTS, *[width] * layers, CLASSES]
    decay = np.full((), DECAY, np.float32)
    populations = [Population("in", INPUTS, "input")]
    for name in names[1:-1]:
        bias = rng.uniform(*BIASES, width).astype(np.float32)
        populations.append(Population(name, width, "lif", decay=decay, bias=bias))
    populations.append(Population("out", CLASSES, "li", decay=decay))
    projections = tuple(
        _near(rng, names[k], sizes[k], names[k + 1], sizes[k + 1]) for k in range(layers + 1)
    )
    return NetworkGraph(tuple(populations), projections, dt=1e-3)


def _near(rng: np.random.Generator, source: str, n_in: int, target: str, n_out: int) -> Projection:
    post = np.repeat(np.arange(n_out), FAN_IN)
    centre = post * n_in // n_out
    pre = (centre + rng.integers(-REACH, REACH + 1, len(post))) % n_in
    order = np.argsort(pre, kind="stable")
    return Projection(
        source,
        target,
        pre=pre[order].astype(np.int32),
        post=post[order].astype(np.int32),
        weight=rng.normal(0.0, 0.05, len(post)).astype(np.float32),
        delay=rng.integers(1, DELAYS + 1, len(post)).astype(np.int32),
    )
