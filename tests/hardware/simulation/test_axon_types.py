from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware.adapt import relay_delays
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.quantize import quantize
from polychrony.hardware.simulate import run_on_chip
from polychrony.snn.graph import NetworkGraph, Population, Projection
from polychrony.snn.simulate import simulate


def exact_graph(seed: int, longest: int = 5) -> NetworkGraph:
    """Every neuron has four weights or fewer, all of m/255, and a decay of 0 or 1.

    Thresholds lie between sums of weights, so that rounding in software cannot matter.
    """
    rng = np.random.default_rng(seed)

    def joined(source: str, target: str, n_in: int, n_out: int) -> Projection:
        levels = rng.integers(-90, 256, (n_out, 4))
        levels[0, 0] = 255
        place = rng.integers(0, 4, (n_out, n_in))
        place[0, 0] = 0
        weight = np.take_along_axis(levels, place, axis=1) / 255
        return Projection.from_dense(
            source, target, weight, rng.integers(0, longest + 1, (n_out, n_in))
        )

    def hidden(name: str, size: int) -> Population:
        threshold = (rng.integers(60, 500, size) + 0.5) / 255
        return Population(name, size, "lif", rng.integers(0, 2, size), threshold)

    return NetworkGraph(
        (
            Population("in", 9, "input"),
            hidden("h", 7),
            hidden("g", 6),
            Population("out", 3, "li", 0.9),
        ),
        (
            joined("in", "h", 9, 7),
            joined("h", "g", 7, 6),
            Projection.from_dense("g", "out", rng.normal(size=(3, 6))),
        ),
        dt=1e-3,
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_exact_network_runs_as_in_software(axon_chip, seed):
    graph = exact_graph(seed)
    spikes = np.random.default_rng(seed).poisson(0.3, (50, 4, 9)).astype(np.uint8)
    software = simulate(graph, {"in": spikes})
    hardware = run_on_chip(quantize(graph, axon_chip), {"in": spikes})
    assert software.spikes["h"].any()
    for name in ("h", "g"):
        assert np.array_equal(software.spikes[name], hardware.spikes[name])
    assert np.array_equal(software.potentials["out"], hardware.potentials["out"])


def test_relays_run_on_the_chip_as_in_software(axon_chip):
    graph = exact_graph(3, longest=50)
    relayed, record = relay_delays(graph, 14, 15)
    spikes = (np.random.default_rng(0).random((120, 3, 9)) < 0.2).astype(np.uint8)
    quantized = quantize(relayed, axon_chip)
    hardware = run_on_chip(quantized, {"in": spikes})
    assert record.stages == 3
    assert set(record.made) < set(quantized.populations)
    software = simulate(graph, {"in": spikes})
    for name in ("h", "g"):
        assert software.spikes[name].any()
        assert np.array_equal(software.spikes[name], hardware.spikes[name])


def one(weight: float, **hidden: object) -> NetworkGraph:
    return NetworkGraph(
        (Population("in", 1, "input"), Population("h", 1, **{"kind": "lif", **hidden})),
        (Projection.from_dense("in", "h", [[weight]]),),
        dt=1e-3,
    )


def test_potential_leaks_by_a_constant(axon_chip):
    """0.77 of the threshold, less 0.1 a step: as much again fires up to 5 steps later."""
    quantized = quantize(one(0.77, decay=0.9), axon_chip)
    for wait in range(1, 9):
        spikes = np.zeros((12, 1, 1), np.uint8)
        spikes[[0, wait]] = 1
        fired = run_on_chip(quantized, {"in": spikes}).spikes["h"]
        assert fired.any() == (wait <= 5)


def test_bias_is_added_in_each_step(axon_chip):
    quantized = quantize(one(0.5, decay=1.0, bias=0.25), axon_chip)
    spikes = np.zeros((12, 1, 1), np.uint8)
    fired = run_on_chip(quantized, {"in": spikes}).spikes["h"][:, 0, 0]
    assert np.flatnonzero(fired).tolist() == [3, 7, 11]


def test_readable_readout_gives_volts(axon_chip):
    graph = one(0.5, kind="li", decay=1.0)
    readable = replace(axon_chip, readable_potential=True)
    spikes = np.ones((5, 2, 1), np.uint8)
    v = run_on_chip(quantize(graph, readable), {"in": spikes}).potentials["h"]
    assert v[:, 1, 0] == pytest.approx([0.5, 1, 1.5, 2, 2.5])


def test_overflow_names_the_population(axon_chip):
    graph = one(-1.0, decay=1.0)
    with pytest.raises(HardwareError, match="h: neuron 0"):
        run_on_chip(quantize(graph, axon_chip), {"in": np.full((20, 1, 1), 255, np.uint8)})
