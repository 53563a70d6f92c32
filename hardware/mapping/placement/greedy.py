"""Placement core by core, each where it costs least at once."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mapping.placement.problem import PlacementProblem

IntArray = npt.NDArray[np.int64]


@numba.njit(cache=True)
def _next_unit(units, total, attraction, placed):  # type: ignore[no-untyped-def]
    """Of the largest units the one with most messages to what is placed, then with most at all."""
    best = -1
    for u in range(len(placed)):
        if placed[u]:
            continue
        if (
            best < 0
            or units.size[u] > units.size[best]
            or (
                units.size[u] == units.size[best]
                and (
                    attraction[u] > attraction[best]
                    or (attraction[u] == attraction[best] and total[u] > total[best])
                )
            )
        ):
            best = u
    return best


@numba.njit(cache=True)
def _cost_by_column_and_row(units, tile, u, by_column, by_row):  # type: ignore[no-untyped-def]
    """The cost of a tile is a sum of one part for its column and one for its row."""
    io_x, io_y = units.io_tile % units.columns, units.io_tile // units.columns
    for x in range(units.columns):
        by_column[x] = units.host[u] * abs(x - io_x)
    for y in range(units.rows):
        by_row[y] = units.host[u] * abs(y - io_y)
    for k in range(units.start[u], units.start[u + 1]):
        there = tile[units.other[k]]
        if there < 0:
            continue
        there_x, there_y = there % units.columns, there // units.columns
        for x in range(units.columns):
            by_column[x] += units.weight[k] * abs(x - there_x)
        for y in range(units.rows):
            by_row[y] += units.weight[k] * abs(y - there_y)


@numba.njit(cache=True)
def _cheapest_tile(units, free, cores, by_column, by_row):  # type: ignore[no-untyped-def]
    """Of equally cheap tiles the one nearest to the middle, where most room surrounds it."""
    best, best_cost, best_off = -1, np.inf, 0
    for t in range(len(free)):
        if free[t] < cores:
            continue
        x, y = t % units.columns, t // units.columns
        cost = units.east_west * by_column[x] + units.north_south * by_row[y]
        off = abs(2 * x + 1 - units.columns) + abs(2 * y + 1 - units.rows)
        if cost < best_cost or (cost == best_cost and off < best_off):
            best, best_cost, best_off = t, cost, off
    return best


@numba.njit(cache=True)
def _greedy(units):  # type: ignore[no-untyped-def]
    n = len(units.size)
    tile = np.full(n, -1, np.int64)
    placed = np.zeros(n, np.bool_)
    free = np.full(units.columns * units.rows, units.capacity, np.int64)
    by_column, by_row = np.empty(units.columns), np.empty(units.rows)
    attraction, total = units.host.copy(), units.host.copy()
    for u in range(n):
        for k in range(units.start[u], units.start[u + 1]):
            total[u] += units.weight[k]
    for _ in range(n):
        u = _next_unit(units, total, attraction, placed)
        _cost_by_column_and_row(units, tile, u, by_column, by_row)
        t = _cheapest_tile(units, free, units.size[u], by_column, by_row)
        if t < 0:
            break
        tile[u], placed[u] = t, True
        free[t] -= units.size[u]
        for k in range(units.start[u], units.start[u + 1]):
            attraction[units.other[k]] += units.weight[k]
    return tile


def greedy(problem: PlacementProblem, *, seed: int = 0) -> IntArray:
    """Place the core next that speaks most with those already placed, where that costs least.

    Large groups come first, since later they would find no room.

    Args:
        problem: cores and mesh.
        seed: without effect; nothing is drawn.

    Returns:
        Tile of each core, [C].

    Raises:
        HardwareError: no tile had room left for a group.
    """
    tile = np.asarray(_greedy(problem.units), dtype=np.int64)
    if (tile < 0).any():
        raise HardwareError(
            "no tile has room left for one of the groups; place in order, or use a larger mesh"
        )
    return tile[problem.unit_of_core]
