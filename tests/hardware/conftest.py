"""Small networks for the tests of the hardware models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from polychrony.hardware.chip import Chip
from polychrony.hardware.chips.loihi import LOIHI
from polychrony.hardware.numbers import AnalogNumbers, AxonTypeNumbers
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


@pytest.fixture(scope="session")
def axon_chip() -> Chip:
    """A chip of Loihi's size with TrueNorth's arithmetic."""
    numbers = AxonTypeNumbers(axon_types=4, weight_bits=9, state_bits=20)
    return replace(
        LOIHI, name="axons", numbers=numbers, readable_potential=False, synaptic_memory_bits=None
    )


@pytest.fixture(scope="session")
def analog_chip() -> Chip:
    """A chip of Loihi's size with DYNAP-SE's arithmetic."""
    numbers = AnalogNumbers(synapse_types=4, excitatory_types=2, mismatch=0.2)
    return replace(
        LOIHI, name="analog", numbers=numbers, readable_potential=False, synaptic_memory_bits=None
    )
