"""A placement that changes by moves and swaps, and what each would cost."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.mapping.placement.units import Units

IntArray = npt.NDArray[np.int64]


class Layout(NamedTuple):
    """Where units lie, seen from the units and from the tiles.

    Args:
        column: of each unit, [U].
        row: of each unit, [U].
        slot: place of each unit in its tile's list, [U].
        member: units in each tile, -1 where there is none, [n_tiles, capacity].
        free: cores left in each tile, [n_tiles].
    """

    column: IntArray
    row: IntArray
    slot: IntArray
    member: IntArray
    free: IntArray


def lay_out(units: Units, tile: IntArray) -> Layout:
    """Make the lists of tiles from the tile of each unit.

    Args:
        units: what is placed.
        tile: tile of each unit, [U].

    Returns:
        A layout of its own memory.
    """
    n_tiles = units.columns * units.rows
    order = np.argsort(tile, kind="stable")
    counts = np.bincount(tile, minlength=n_tiles)
    slot = np.zeros(len(tile), np.int64)
    slot[order] = np.arange(len(tile)) - np.repeat(np.cumsum(counts) - counts, counts)
    member = np.full((n_tiles, units.capacity), -1, np.int64)
    member[tile, slot] = np.arange(len(tile))
    used = np.bincount(tile, weights=units.size, minlength=n_tiles).astype(np.int64)
    return Layout(
        column=tile % units.columns,
        row=tile // units.columns,
        slot=slot,
        member=member,
        free=units.capacity - used,
    )


@numba.njit(cache=True)
def _change_of_one(units, layout, u, x1, y1, apart_from):  # type: ignore[no-untyped-def]
    x0, y0 = layout.column[u], layout.row[u]
    io_x, io_y = units.io_tile % units.columns, units.io_tile // units.columns
    columns = units.host[u] * (abs(x1 - io_x) - abs(x0 - io_x))
    rows = units.host[u] * (abs(y1 - io_y) - abs(y0 - io_y))
    for k in range(units.start[u], units.start[u + 1]):
        v = units.other[k]
        if v != apart_from:
            columns += units.weight[k] * (abs(x1 - layout.column[v]) - abs(x0 - layout.column[v]))
            rows += units.weight[k] * (abs(y1 - layout.row[v]) - abs(y0 - layout.row[v]))
    return units.east_west * columns + units.north_south * rows


@numba.njit(cache=True)
def change(units, layout, u, tile, slot):  # type: ignore[no-untyped-def]
    """What the objective gains if a unit goes to a slot and who is there comes in return.

    Args:
        units: what is placed.
        layout: where it lies.
        u: the unit.
        tile: where it goes.
        slot: place in that tile's list.

    Returns:
        New objective less old; NaN where the sizes do not allow it or nothing would move.
    """
    x0, y0 = layout.column[u], layout.row[u]
    here = y0 * units.columns + x0
    if tile == here:
        return np.nan
    v = layout.member[tile, slot]
    comes = units.size[v] if v >= 0 else 0
    if layout.free[tile] + comes < units.size[u] or layout.free[here] + units.size[u] < comes:
        return np.nan
    x1, y1 = tile % units.columns, tile // units.columns
    # Between the two themselves the way stays as long as it was.
    total = _change_of_one(units, layout, u, x1, y1, v)
    if v >= 0:
        total += _change_of_one(units, layout, v, x0, y0, u)
    return total


@numba.njit(cache=True)
def exchange(units, layout, u, tile, slot):  # type: ignore[no-untyped-def]
    """Let a unit go to a slot and who is there come in return, where `change` is a number.

    Args:
        units: what is placed.
        layout: where it lies; changed in place.
        u: the unit.
        tile: where it goes.
        slot: place in that tile's list.
    """
    x0, y0, slot0 = layout.column[u], layout.row[u], layout.slot[u]
    here = y0 * units.columns + x0
    v = layout.member[tile, slot]
    comes = 0
    if v >= 0:
        layout.column[v], layout.row[v], layout.slot[v] = x0, y0, slot0
        comes = units.size[v]
    layout.member[here, slot0] = v
    layout.member[tile, slot] = u
    layout.column[u], layout.row[u] = tile % units.columns, tile // units.columns
    layout.slot[u] = slot
    layout.free[here] += units.size[u] - comes
    layout.free[tile] += comes - units.size[u]
