from __future__ import annotations

import numpy as np

from polychrony.hardware.mapping.fan_out import fan_out
from polychrony.hardware.mapping.partition import CoreSlice


def part(population: str, start: int, stop: int) -> CoreSlice:
    return CoreSlice(population, start, stop, 0, 0, 0, 0)


def test_every_synapse_is_counted_in_its_part(small_graph):
    parts = [part("hidden", 0, 4), part("hidden", 4, 10), part("out", 0, 3)]
    table = fan_out(small_graph, "in", parts)
    projection = small_graph.projections[0]
    assert table.shape == (12, 3)
    assert table.sum() == projection.n_synapses
    assert table[5, 0] == ((projection.pre == 5) & (projection.post < 4)).sum()
    assert not table[:, 2].any()


def test_population_without_targets_reaches_nothing(small_graph):
    assert np.array_equal(fan_out(small_graph, "out", [part("hidden", 0, 10)]), np.zeros((3, 1)))
