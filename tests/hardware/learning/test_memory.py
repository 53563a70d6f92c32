"""Memory of learning, core by core, counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from polychrony.hardware.chips.loihi import LOIHI
from polychrony.hardware.learning import LayerLearning, LearningRule, core_memory
from polychrony.hardware.learning.memory import both
from polychrony.hardware.mapping import map_network
from polychrony.snn.graph import NetworkGraph, Population, Projection

HIDDEN = LayerLearning(
    "h", pre_decay=0.5, post_trace=True, signal_per_spike=3, signal_per_step=3, silent=(0,)
)
RULE = LearningRule("TESS", (HIDDEN,))


def dense(n_in: int, n_out: int, delay: object = 0) -> NetworkGraph:
    populations = (Population("in", n_in, "input"), Population("h", n_out, "lif"))
    weight = np.ones((n_out, n_in))
    return NetworkGraph(populations, (Projection.from_dense("in", "h", weight, delay),), dt=1e-3)


def first(graph, rule=RULE, policy="sequence", chip=LOIHI):
    return core_memory(map_network(graph, chip, "in_order"), rule, policy)[0]


def test_bits_by_hand():
    """5 inputs and 4 neurons: 20 synapses of 25 bits, tags of 9 for those of 3 neurons that learn,
    9 fixed weights, 5 + 4 traces of 7."""
    core = first(dense(5, 4))
    assert core.synapses_bits == 20 * 25
    assert core.tags_bits == 15 * 9
    assert core.signal_bits == 9 * 25
    assert core.traces_bits == 9 * 7
    assert core.learning_bits == 135 + 225 + 63
    assert (core.synaptic_memory_bits, core.trace_memory_bits) == (2**20, None)
    assert (core.synapses_fit, core.traces_fit, core.fits) == (True, None, None)
    assert first(dense(5, 4), policy="online").tags_bits == 0


def test_an_input_heard_after_two_delays_has_two_traces():
    delay = np.zeros((4, 5), int)
    delay[0] = 3
    assert first(dense(5, 4, delay)).traces_bits == (10 + 4) * 7


def test_the_core_that_is_too_full_is_told():
    """200 x 200 synapses of 25 bits fit 2^20 bits; with tags of 9 bits they do not."""
    plain = LearningRule("plain", (LayerLearning("h"),))
    assert first(dense(200, 200), plain, "online").fits is True
    core = first(dense(200, 200), plain, "sequence")
    assert core.synapses_bits + core.tags_bits == 40_000 * 34
    assert (core.synapses_fit, core.traces_fit, core.fits) == (False, True, False)


def test_a_synapse_has_one_tag():
    rule = LearningRule("e-prop", (LayerLearning("h", pre_decay=0.5, synapse_decay=0.9),))
    assert first(dense(5, 4), rule, "online").synapses_fit is True
    core = first(dense(5, 4), rule, "sequence")
    assert core.tags_bits == 20 * 2 * 9
    assert core.synapses_fit is False
    two = replace(LOIHI, learning=replace(LOIHI.learning, tags_per_synapse=2))
    assert first(dense(5, 4), rule, "sequence", two).synapses_fit is True


@pytest.mark.parametrize(("room", "fits"), [(62, False), (63, True), (None, None)])
def test_traces_against_their_memory(room, fits):
    chip = replace(LOIHI, learning=replace(LOIHI.learning, trace_memory_bits=room))
    assert first(dense(5, 4), chip=chip).traces_fit is fits


def test_what_exceeds_the_whole_core_cannot_fit():
    bits = 20 * 25 + 135 + 225 + 63
    for whole, fits in ((bits, None), (bits - 1, False)):
        chip = replace(LOIHI, learning=replace(LOIHI.learning, core_memory_bits=whole))
        assert first(dense(5, 4), chip=chip).traces_fit is fits


def test_one_no_is_enough_and_no_answer_is_no_yes():
    assert both(True, None, False) is False
    assert both(True, None) is None
    assert both(True, True) is True
