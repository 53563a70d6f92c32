from __future__ import annotations

import numpy as np
import pytest

from polychrony.hardware.decision import decisions, find_readout
from polychrony.hardware.errors import HardwareError
from polychrony.snn.activity import Activity
from polychrony.snn.graph import NetworkGraph, Population, Projection


def forked() -> NetworkGraph:
    weight = np.ones((2, 1))
    return NetworkGraph(
        (Population("in", 1, "input"), Population("a", 2, "li"), Population("b", 2, "lif")),
        (Projection.from_dense("in", "a", weight), Projection.from_dense("in", "b", weight)),
        dt=1e-3,
    )


def test_only_output_is_the_readout(small_graph):
    assert find_readout(small_graph) == "out"
    assert find_readout(small_graph, "hidden") == "hidden"


def test_ambiguous_or_impossible_readouts_are_refused():
    with pytest.raises(HardwareError, match=r"2 outputs \['a', 'b'\]; name the readout"):
        find_readout(forked())
    with pytest.raises(HardwareError, match="'in' is an input"):
        find_readout(forked(), "in")


def test_potentials_decide_by_summed_softmax_not_by_the_sum():
    # Class 0 is far ahead in one step, class 1 slightly ahead in the two others.
    potential = np.array([[[30.0, 0.0]], [[0.0, 1.5]], [[0.0, 1.5]]], np.float32)
    activity = Activity(1e-3, {}, {"a": potential})
    assert decisions(activity, "a").tolist() == [1]
    assert potential.sum(axis=0).argmax(axis=1).tolist() == [0]


def test_spikes_decide_by_count_beyond_255_and_first_on_a_tie():
    spikes = np.zeros((300, 2, 2), np.uint8)
    spikes[:, 0, 1] = 1
    spikes[:40, 0, 0] = 1
    assert decisions(Activity(1e-3, {"b": spikes}), "b").tolist() == [1, 0]
