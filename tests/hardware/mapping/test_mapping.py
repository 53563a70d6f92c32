from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from polychrony.hardware.chips.loihi import LOIHI
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mapping import map_network
from polychrony.snn.graph import NetworkGraph, Population


def test_report_counts_cores_tiles_and_the_fullest_core(small_graph):
    chip = replace(LOIHI, neurons_per_core=4, cores_per_tile=2)
    report = map_network(small_graph, chip).report()
    assert report["cores_per_population"] == {"hidden": 3, "out": 1}
    assert (report["cores"], report["tiles"]) == (4, 2)
    full = report["fullest_core_fraction"]
    assert full["neurons"] == 1.0
    synapses = 4 * 12
    assert full["synaptic_memory"] == pytest.approx(synapses * chip.synapse_bits / 2**20)
    assert full["axons_in"] == 12 / 4096


def test_placement_may_be_replaced(small_graph):
    mapping = map_network(small_graph, LOIHI, lambda graph, slices, chip: np.array([31, 5]))
    assert mapping.tile.tolist() == [31, 5]
    assert mapping.n_tiles == 2


@pytest.mark.parametrize(
    ("tiles", "message"),
    [
        ([0], "2 cores need as many tiles"),
        ([0, 32], "outside 0 to 31"),
        ([3, 3], "tile 3 is given 2"),
    ],
)
def test_impossible_placements_are_refused(small_graph, tiles, message):
    chip = replace(LOIHI, cores_per_tile=1)
    with pytest.raises(HardwareError, match=message):
        map_network(small_graph, chip, lambda *_: np.array(tiles))


def test_network_of_inputs_only_has_nothing_to_map():
    graph = NetworkGraph((Population("in", 3, "input"),), (), dt=1e-3)
    with pytest.raises(HardwareError, match="nothing of it runs on the chip"):
        map_network(graph, LOIHI)
