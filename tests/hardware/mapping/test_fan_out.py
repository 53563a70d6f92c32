from __future__ import annotations

from dataclasses import replace

import numpy as np

from polychrony.hardware.chips.loihi import LOIHI
from polychrony.hardware.mapping import CoreSlice
from polychrony.hardware.mapping.fan_out import fan_out
from polychrony.snn.graph import NetworkGraph, Population, Projection


def part(population: str, start: int, stop: int, core: int = 0) -> CoreSlice:
    return CoreSlice(population, start, stop, core=core)


def test_every_synapse_is_counted_in_its_part(small_graph):
    parts = [part("hidden", 0, 4), part("hidden", 4, 10, 1), part("out", 0, 3, 2)]
    fans = fan_out(small_graph, "in", parts, LOIHI)
    table = fans.dense(3)
    projection = small_graph.projections[0]
    assert table.shape == (12, 3)
    assert table.sum() == projection.n_synapses
    assert table[5, 0] == ((projection.pre == 5) & (projection.post < 4)).sum()
    assert not table[:, 2].any()
    assert (fans.messages == 1).all()


def test_population_without_targets_reaches_nothing(small_graph):
    fans = fan_out(small_graph, "out", [part("hidden", 0, 10)], LOIHI)
    assert np.array_equal(fans.dense(1), np.zeros((3, 1)))


def two_layers(delay: np.ndarray) -> NetworkGraph:
    weight = np.ones(delay.shape)
    return NetworkGraph(
        (Population("in", delay.shape[1], "input"), Population("h", delay.shape[0], "lif")),
        (Projection.from_dense("in", "h", weight, delay),),
        dt=1e-3,
    )


def test_each_delay_and_each_type_takes_an_axon_where_axons_have_them():
    chip = replace(LOIHI, delay_of="axon")
    graph = two_layers(np.array([[0], [0], [3], [3]]))
    parts = [part("h", 0, 3), part("h", 3, 4, 1)]
    assert fan_out(graph, "in", parts, chip).messages.tolist() == [2, 1]
    types = (np.array([0, 1, 0, 0], np.int8),)
    assert fan_out(graph, "in", parts, chip, types).messages.tolist() == [3, 1]


def test_synapses_that_quantization_dropped_send_nothing():
    graph = two_layers(np.zeros((4, 1), int))
    parts = [part("h", 0, 3), part("h", 3, 4, 1)]
    fans = fan_out(graph, "in", parts, LOIHI, (np.array([0, -1, 2, -1], np.int8),))
    assert (fans.core.tolist(), fans.synapses.tolist()) == ([0], [2])
