"""Placement by simulated annealing."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mapping.placement.greedy import greedy
from polychrony.hardware.mapping.placement.in_order import in_order
from polychrony.hardware.mapping.placement.layout import change, exchange, lay_out
from polychrony.hardware.mapping.placement.objective import objective
from polychrony.hardware.mapping.placement.problem import PlacementProblem
from polychrony.hardware.mapping.placement.spectral import spectral

IntArray = npt.NDArray[np.int64]

_FEW = 256  # units whose best placement is copied whenever one is found
_PROBES = 200  # moves whose costs set the first temperature
_FIRST, _LAST = 0.5, 1e-3  # temperature at both ends, of the mean cost of a move
_LEAST, _PER_UNIT, _MOST = 20_000, 2_000, 3_000_000  # moves tried


@numba.njit(cache=True)
def _propose(units, layout, n_tiles, rng):  # type: ignore[no-untyped-def]
    u = rng.integers(0, len(units.size))
    # Half of the moves go near a unit that exchanges messages with this one.
    if units.start[u] < units.start[u + 1] and rng.random() < 0.5:
        v = units.other[rng.integers(units.start[u], units.start[u + 1])]
        x = layout.column[v] + rng.integers(-1, 2)
        y = layout.row[v] + rng.integers(-1, 2)
        x, y = min(max(x, 0), units.columns - 1), min(max(y, 0), units.rows - 1)
        return u, y * units.columns + x, rng.integers(0, units.capacity)
    return u, rng.integers(0, n_tiles), rng.integers(0, units.capacity)


@numba.njit(cache=True)
def _anneal(units, layout, moves, rng, probes, first, last):  # type: ignore[no-untyped-def]
    n_tiles = units.columns * units.rows
    scale, known = 0.0, 0
    for _ in range(probes):
        u, tile, slot = _propose(units, layout, n_tiles, rng)
        cost = change(units, layout, u, tile, slot)
        if not np.isnan(cost):
            scale += abs(cost)
            known += 1
    if known == 0 or scale == 0.0:
        return layout.row * units.columns + layout.column
    scale /= known
    factor = (last / first) ** (1.0 / moves)
    temperature, gained, best = first * scale, 0.0, 0.0
    kept = layout.row * units.columns + layout.column
    for _ in range(moves):
        u, tile, slot = _propose(units, layout, n_tiles, rng)
        cost = change(units, layout, u, tile, slot)
        if not np.isnan(cost) and (cost <= 0.0 or rng.random() < np.exp(-cost / temperature)):
            exchange(units, layout, u, tile, slot)
            gained += cost
        # Copies of many units are made only once it is cold: before, better ones follow.
        worth = len(units.size) <= _FEW or temperature < 0.05 * first * scale
        if worth and gained < best - 1e-9 * scale:
            best = gained
            kept = layout.row * units.columns + layout.column
        temperature *= factor
    if gained < best:
        kept = layout.row * units.columns + layout.column
    return kept


def annealing(problem: PlacementProblem, *, seed: int = 0, moves: int | None = None) -> IntArray:
    """Move and swap cores, accepting losses ever more rarely.

    A move that costs dF is made with probability min(1, exp(-dF / temperature)); the temperature
    falls geometrically from half the mean |dF| of random moves to a thousandth of it. It starts
    from the best of greedy, spectral and in-order placement, and returns no worse.

    Args:
        problem: cores and mesh.
        seed: seed of moves.
        moves: moves that are tried; by default 2,000 per core, 20,000 at least, 3 million at most.

    Returns:
        Tile of each core, [C].

    Raises:
        HardwareError: `moves` is below 1.
    """
    units = problem.units
    if moves is None:
        moves = min(max(_LEAST, _PER_UNIT * len(units.size)), _MOST)
    if moves < 1:
        raise HardwareError(f"moves is {moves}, at least 1 is needed")
    starts = [start(problem, seed=seed) for start in (greedy, spectral, in_order)]
    start = min(starts, key=lambda tile: objective(problem, tile))
    first_core = np.unique(problem.unit_of_core, return_index=True)[1]
    layout = lay_out(units, start[first_core])
    moved = _anneal(units, layout, moves, np.random.default_rng(seed), _PROBES, _FIRST, _LAST)[
        problem.unit_of_core
    ]
    return min(start, moved, key=lambda tile: objective(problem, tile))
