"""A network of single neurons, whose costs can be added up by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from polychrony.hardware.chips.loihi import LOIHI
from polychrony.hardware.mapping import map_network
from polychrony.hardware.noc import Routes
from polychrony.snn.activity import Activity
from polychrony.snn.graph import NetworkGraph, Population, Projection
from polychrony.snn.simulate import simulate


@pytest.fixture
def pair() -> Routes:
    """One input and neuron `a` on tile 0; `b`, two neurons on two cores: tiles 0 and 19 (3, 2)."""
    graph = NetworkGraph(
        (Population("in", 1, "input"), Population("a", 1, "lif"), Population("b", 2, "lif")),
        (
            Projection.from_dense("in", "a", [[1.0]]),
            Projection.from_dense("a", "b", [[[1.0, 2.0]], [[1.0, 0.0]]], [[[0, 4]], [[2, 0]]]),
        ),
        dt=1e-3,
    )
    chip = replace(LOIHI, neurons_per_core=1)
    return Routes(map_network(graph, chip, lambda *_: np.array([0, 0, 19])))


@pytest.fixture
def pair_run() -> Activity:
    """Step 0: nothing. Step 1: three input events. Step 2: neuron a spikes."""
    spikes = {"in": np.zeros((3, 1, 1)), "a": np.zeros((3, 1, 1)), "b": np.zeros((3, 1, 2))}
    spikes["in"][1] = 3
    spikes["a"][2] = 1
    return Activity(1e-3, {name: array.astype(np.uint8) for name, array in spikes.items()})


@pytest.fixture
def split(small_graph: NetworkGraph) -> Routes:
    """`small_graph` on cores of four neurons, in four corners of the mesh."""
    chip = replace(LOIHI, neurons_per_core=4)
    return Routes(map_network(small_graph, chip, lambda *_: np.array([0, 7, 24, 31])))


@pytest.fixture
def split_run(small_graph: NetworkGraph, counts: np.ndarray) -> Activity:
    """A run of `small_graph`, in software."""
    return simulate(small_graph, {"in": counts})
