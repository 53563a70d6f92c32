"""Small networks for the tests of the hardware models."""

from __future__ import annotations

import numpy as np
import pytest

from polychrony.snn.graph import NetworkGraph, Population, Projection


@pytest.fixture
def small_graph() -> NetworkGraph:
    """12 inputs, 10 spiking neurons, 3 readouts; random weights and delays of both signs."""
    rng = np.random.default_rng(1)

    def joined(source: str, target: str, n_in: int, n_out: int) -> Projection:
        weight = rng.normal(0.15, 0.4, (n_out, n_in)).astype(np.float32)
        return Projection.from_dense(source, target, weight, rng.integers(0, 6, (n_out, n_in)))

    return NetworkGraph(
        (
            Population("in", 12, "input"),
            Population("hidden", 10, "lif", decay=np.float32(0.8)),
            Population("out", 3, "li", decay=np.float32(0.9)),
        ),
        (joined("in", "hidden", 12, 10), joined("hidden", "out", 10, 3)),
        dt=0.01,
    )


@pytest.fixture
def counts() -> np.ndarray:
    """Input of `small_graph`: 20 steps, 7 samples, up to a few events at once."""
    return np.random.default_rng(2).poisson(0.2, (20, 7, 12)).astype(np.uint8)
