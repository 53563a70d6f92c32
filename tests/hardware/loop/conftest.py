"""Small networks on each chip, whose spikes travel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from polychrony.hardware.chip import Chip
from polychrony.hardware.chips import DYNAPSE, LOIHI, TRUENORTH
from polychrony.hardware.mapping import map_network
from polychrony.hardware.noc import Routes
from polychrony.hardware.noc.senders import Senders
from polychrony.hardware.prepare import Preparation, Prepared
from polychrony.snn.graph import NetworkGraph, Population, Projection

CHIPS = {
    "loihi": replace(LOIHI, neurons_per_core=6),
    "truenorth": replace(TRUENORTH, neurons_per_core=40),
    "delays run from arrival": replace(TRUENORTH, neurons_per_core=40, delays_run_from="arrival"),
    "dynapse": replace(DYNAPSE, neurons_per_core=16),
}


@pytest.fixture(name="network")
def network_fixture() -> Callable[..., NetworkGraph]:
    """Makes a network of four populations."""
    return network


def network(seed: int = 0, longest: int = 4, least: int = 1) -> NetworkGraph:
    rng = np.random.default_rng(seed)
    sizes = {"in": 12, "a": 14, "b": 11, "out": 3}
    populations = [
        Population(name, n, kind, decay=0.7, v_threshold=1.0)
        for (name, n), kind in zip(sizes.items(), ("input", "lif", "lif", "li"), strict=True)
    ]
    joined = [("in", "a"), ("a", "b"), ("in", "b"), ("b", "out")]
    projections = []
    for source, target in joined:
        shape = (sizes[target], sizes[source])
        weight = rng.normal(0.12, 0.2, shape) * (rng.random(shape) < 0.7)
        delay = rng.integers(least, longest + 1, shape)
        projections.append(Projection.from_dense(source, target, weight, delay))
    return NetworkGraph(tuple(populations), tuple(projections), dt=1e-3)


@pytest.fixture
def later() -> Callable[[NetworkGraph, Chip, int, set[str]], NetworkGraph]:
    """Delays of all synapses that reach some populations, as a latency makes them act."""
    return _later


def _later(graph: NetworkGraph, chip: Chip, steps: int, targets: set[str]) -> NetworkGraph:
    def longer(delay: np.ndarray) -> np.ndarray:
        if chip.delays_run_from == "sending":
            return np.maximum(delay, np.int32(steps))
        return delay + np.int32(steps)

    projections = tuple(
        replace(p, delay=longer(p.delay)) if p.target in targets else p for p in graph.projections
    )
    return replace(graph, projections=projections)


@pytest.fixture
def counts() -> np.ndarray:
    rng = np.random.default_rng(5)
    return (rng.random((40, 3, 12)) < 0.2).astype(np.uint8) * rng.integers(
        1, 3, (40, 3, 12), np.uint8
    )


@pytest.fixture(params=CHIPS)
def chip(request: pytest.FixtureRequest) -> Chip:
    return CHIPS[request.param]


@pytest.fixture
def prepared(chip: Chip) -> Prepared:
    return Preparation(relays=None, fan_in="auto", place="random", mismatch=None)(network(), chip)


@pytest.fixture
def exact(prepared: Prepared) -> Senders:
    """Of the network on the chip's cores with all of its synapses, as they were trained."""
    graph, chip = prepared.fitted.graph, prepared.mapping.chip
    fitted = prepared.fitted
    mapping = map_network(graph, chip, "random", relays=fitted.relays, shared=fitted.made)
    return Senders(Routes(mapping), chip.profiles[0])


@pytest.fixture
def senders(prepared: Prepared) -> Senders:
    chip = prepared.mapping.chip
    return Senders(Routes(prepared.mapping), chip.profiles[0])
