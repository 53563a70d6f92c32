from __future__ import annotations

import numpy as np

from polychrony.hardware.chips.loihi import LOIHI
from polychrony.hardware.mapping.partition import CoreSlice
from polychrony.hardware.mapping.placement import place_in_order

SLICES = [CoreSlice("h", k, k + 1, 0, 0, 0, 0) for k in range(128)]


def test_full_chip_fills_every_tile_with_four_cores(small_graph):
    tiles = place_in_order(small_graph, SLICES, LOIHI)
    assert (np.bincount(tiles) == 4).all()
    assert len(tiles) == 128


def test_path_never_jumps(small_graph):
    tiles = place_in_order(small_graph, SLICES, LOIHI)
    east_west, north_south = LOIHI.mesh.hops(tiles[:-1], tiles[1:])
    assert (east_west + north_south).max() == 1
    assert tiles[0] == LOIHI.io_tile


def test_few_cores_stay_in_the_first_tile(small_graph):
    assert place_in_order(small_graph, SLICES[:3], LOIHI).tolist() == [0, 0, 0]
