from __future__ import annotations

import numpy as np
import pytest

from polychrony.snn.graph import NetworkGraph, Population, Projection


@pytest.fixture(scope="session")
def delayed():
    """Maker of a network of two inputs, two hidden layers and a readout, with long delays."""

    def make(seed: int, longest: int, density: float = 1.0) -> NetworkGraph:
        rng = np.random.default_rng(seed)

        def joined(source: str, target: str, n_in: int, n_out: int) -> Projection:
            weight = rng.normal(0.2, 0.5, (n_out, n_in)) * (rng.random((n_out, n_in)) < density)
            delay = rng.integers(0, longest + 1, (n_out, n_in))
            return Projection.from_dense(source, target, weight, delay)

        return NetworkGraph(
            (
                Population("a", 4, "input"),
                Population("b", 3, "input"),
                Population("h", 5, "lif", decay=rng.uniform(0, 1, 5).astype(np.float32)),
                Population("g", 4, "lif", decay=np.full(4, 0.8, np.float32), v_reset=None),
                Population("out", 2, "li", decay=np.full(2, 0.9, np.float32)),
            ),
            (
                joined("a", "h", 4, 5),
                joined("b", "h", 3, 5),
                joined("b", "g", 3, 4),
                joined("h", "g", 5, 4),
                joined("h", "g", 5, 4),
                joined("g", "out", 4, 2),
            ),
            dt=0.01,
        )

    return make
