from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mesh import Mesh

MESH = Mesh(columns=8, rows=4)
TILES = st.integers(0, MESH.n_tiles - 1)


def test_tiles_are_numbered_row_by_row():
    columns, rows = MESH.coordinates([0, 7, 8, 31])
    assert columns.tolist() == [0, 7, 0, 7]
    assert rows.tolist() == [0, 0, 1, 3]


@given(TILES, TILES, TILES)
def test_hops_are_a_metric(a, b, c):
    def distance(x, y):
        return sum(int(h) for h in MESH.hops(x, y))

    assert distance(a, b) == distance(b, a)
    assert (distance(a, b) == 0) == (a == b)
    assert distance(a, c) <= distance(a, b) + distance(b, c)


def test_hops_broadcast():
    east_west, north_south = MESH.hops(0, np.array([0, 3, 19]))
    assert east_west.tolist() == [0, 3, 3]
    assert north_south.tolist() == [0, 0, 2]


@pytest.mark.parametrize("tile", [-1, 32])
def test_tile_outside_the_mesh_is_refused(tile):
    with pytest.raises(HardwareError, match="lies outside 0 to 31"):
        MESH.coordinates(tile)
