from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from polychrony.hardware.chips.loihi import LOIHI
from polychrony.hardware.chips.truenorth import TRUENORTH
from polychrony.hardware.errors import ChipLimitError
from polychrony.hardware.limits import check, violations
from polychrony.snn.graph import NetworkGraph, Population, Projection


def graph_of(*projections: Projection, **hidden: object) -> NetworkGraph:
    fields = {"size": 2, "kind": "lif", **hidden}
    populations = (Population("in", 3, "input"), Population("h1", **fields))
    return NetworkGraph(populations, projections, dt=1e-3)


def test_network_within_the_limits_passes(small_graph):
    assert violations(small_graph, LOIHI) == ()
    check(small_graph, LOIHI)


def test_delay_of_62_passes_and_70_names_projection_and_synapses():
    weight = np.ones((2, 3))
    check(graph_of(Projection.from_dense("in", "h1", weight, 62)), LOIHI)
    delay = np.array([[70, 0, 0], [63, 1, 2]])
    with pytest.raises(ChipLimitError) as caught:
        check(graph_of(Projection.from_dense("in", "h1", weight, delay)), LOIHI)
    message = str(caught.value)
    assert "in->h1: longest delay is 70 steps (2 of 6 synapses exceed)" in message
    assert "allowed is 62 steps" in message
    assert "\n" not in message


@pytest.mark.parametrize(("v_reset", "words"), [(None, "soft"), (-0.5, "to -0.5 V")])
def test_resets_that_the_chip_lacks(v_reset, words):
    graph = graph_of(Projection.from_dense("in", "h1", np.ones((2, 3))), v_reset=v_reset)
    with pytest.raises(ChipLimitError, match=rf"h1: reset after a spike is {words}.*v_reset=0.0"):
        check(graph, LOIHI)


def test_linear_reset_takes_soft_reset_and_no_other():
    weight = Projection.from_dense("in", "h1", np.ones((2, 3)))
    check(graph_of(weight, v_reset=None), TRUENORTH)
    with pytest.raises(ChipLimitError, match=r"to -0.5 V.*a hard reset to 0 V, or by subtraction"):
        check(graph_of(weight, v_reset=-0.5), TRUENORTH)
    plain = replace(TRUENORTH, numbers=replace(TRUENORTH.numbers, linear_reset=False))
    with pytest.raises(ChipLimitError, match="soft"):
        check(graph_of(weight, v_reset=None), plain)


def test_too_many_neurons_for_the_chip():
    with pytest.raises(ChipLimitError, match=r"number of neurons is 131073.*allowed is 131072"):
        check(graph_of(size=131_073), LOIHI)


def test_fan_in_counts_sources_once_and_synapses_each():
    two_taps = Projection.from_dense("in", "h1", np.ones((2, 3, 2)), np.array([[[0, 1]]]))
    narrow = replace(LOIHI, axons_in_per_core=2, synaptic_memory_bits=5 * LOIHI.synapse_bits)
    found = violations(graph_of(two_taps), narrow)
    assert [(v.limit, v.value, v.allowed) for v in found] == [
        ("number of neurons that one neuron listens to", "3 (neuron 0)", "2 on one core of loihi"),
        ("number of synapses of one neuron", "6 (neuron 0)", "5 on one core of loihi"),
    ]


def test_every_violation_is_reported_at_once():
    graph = graph_of(Projection.from_dense("in", "h1", np.ones((2, 3)), 70), v_reset=None)
    with pytest.raises(ChipLimitError) as caught:
        check(graph, LOIHI)
    assert [v.where for v in caught.value.violations] == ["in->h1", "h1"]
