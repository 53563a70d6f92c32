"""Networks whose spikes come back, in the arithmetic of each chip."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from polychrony.hardware.chips import LOIHI
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.quantize import quantize
from polychrony.hardware.simulate import run_on_chip
from polychrony.snn.graph import NetworkGraph, Population, Projection

seeds = st.integers(0, 2**31)


@pytest.fixture(scope="module", params=["mantissas", "axon types", "analog"])
def held(request, axon_chip, analog_chip):
    """Turns a network into the numbers of a chip without mismatch."""
    if request.param == "analog":
        return lambda graph: quantize(graph, analog_chip, mismatch=0.0)
    chip = LOIHI if request.param == "mantissas" else axon_chip
    return lambda graph: quantize(graph, chip)


def _counts(seed, steps=15, batch=2):
    return (np.random.default_rng(seed).random((steps, batch, 3)) < 0.3).astype(np.uint8)


@settings(deadline=None, max_examples=40)
@given(seed=seeds)
def test_exact_networks_run_as_one_step_after_the_other(seed, held, recurrent_graph, step_by_step):
    graph, counts = recurrent_graph(seed), _counts(seed)
    run, wanted = run_on_chip(held(graph), {"in": counts}), step_by_step(graph, counts)
    for name, spikes in run.spikes.items():
        np.testing.assert_array_equal(spikes, wanted[name], err_msg=name)
    np.testing.assert_allclose(run.potentials["out"], wanted["out"], rtol=1e-6, atol=1e-6)


@settings(deadline=None, max_examples=15)
@given(seed=seeds, cut=st.integers(1, 14))
def test_neither_batch_nor_what_comes_later_matters(seed, cut, held, recurrent_graph):
    graph, counts = recurrent_graph(seed), _counts(seed, batch=3)
    assume(graph.has_loops)
    quantized = held(graph)
    whole = run_on_chip(quantized, {"in": counts})
    alone, before = (run_on_chip(quantized, {"in": x}) for x in (counts[:, 1:2], counts[:cut]))
    for name, spikes in whole.spikes.items():
        np.testing.assert_array_equal(spikes[:, 1:2], alone.spikes[name])
        np.testing.assert_array_equal(spikes[:cut], before.spikes[name])


def test_overflow_in_a_loop_names_the_step():
    """255 V less in every step, until the potential leaves its 23 bits."""
    graph = NetworkGraph(
        (Population("in", 1, "input"), Population("a", 1, "lif", decay=1.0, v_threshold=1e-2)),
        (
            Projection.from_dense("in", "a", [[-1.0]]),
            Projection.from_dense("a", "a", [[0.5]], 1),
        ),
        dt=1e-3,
    )
    quantized = quantize(graph, LOIHI)
    unit = quantized.populations["a"].scale
    step = int(LOIHI.numbers.state_max // (255 * unit))
    with pytest.raises(HardwareError, match=f"a: neuron 0 leaves .* at step {step} of sample 0"):
        run_on_chip(quantized, {"in": np.full((step + 5, 1, 1), 255, np.uint8)})
