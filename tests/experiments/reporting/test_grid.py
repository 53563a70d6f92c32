from __future__ import annotations

import pytest

from polychrony.experiments.reporting.plots.grid import Grid, used_part


def test_cores_of_a_tile_fill_a_square_around_it():
    grid = Grid(columns=2, rows=1, cores_per_tile=4)
    cells = grid.cells({(0, 0): 1.0, (0, 3): 2.0, (1, 2): 3.0})
    assert cells == [[1.0, None, None, None, None], [None, 2.0, None, 3.0, None]]
    assert len(grid.edges(grid.columns)) == len(cells[0]) + 1
    assert len(grid.edges(grid.rows)) == len(cells) + 1
    assert grid.edges(grid.columns)[:3].mean() == pytest.approx(0)
    assert grid.edges(grid.columns)[3:].mean() == pytest.approx(1)


@pytest.mark.parametrize("cores", [1, 2, 4, 5, 16])
def test_every_core_has_a_cell_of_its_own(cores):
    grid = Grid(3, 2, cores)
    cells = grid.cells({(t, p): float(t * cores + p) for t in range(6) for p in range(cores)})
    held = sorted(cell for row in cells for cell in row if cell is not None)
    assert held == [float(core) for core in range(6 * cores)]


def test_opposite_links_do_not_cover_each_other():
    grid = Grid(3, 3, 1)
    for one, other in ((0, 1), (1, 4)):
        there, back = grid.segment(one, other), grid.segment(other, one)
        assert there[:2] != pytest.approx(back[2:])
        assert there[0] != back[2] or there[1] != back[3]


def test_the_part_in_use_has_surroundings_within_the_chip():
    chip = {"columns": 8, "rows": 2, "cores_per_tile": 1, "io_tile": 7}
    record = {"chip": chip, "cores": [{"tile": 7}], "links": []}
    assert used_part({"record": record}) == pytest.approx((1.4, 7.6, -0.6, 1.6))
