"""Placement of cores: methods against random placement, brute force, and their own rules."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mapping.placement import METHODS, PlacementProblem, objective, place
from polychrony.hardware.mapping.placement.annealing import annealing
from polychrony.hardware.mapping.placement.layout import change, exchange, lay_out
from polychrony.hardware.mapping.placement.swarm import swarm
from polychrony.hardware.mesh import Mesh


def random_problem(seed: int, cores: int, mesh: Mesh, per_tile: int) -> PlacementProblem:
    rng = np.random.default_rng(seed)
    traffic = sparse.random_array((cores, cores), density=0.3, rng=rng) * 100
    return PlacementProblem(traffic, rng.random(cores) * 20, mesh, per_tile, io_tile=0)


def geometric(side: int, per_tile: int, seed: int = 0) -> PlacementProblem:
    """Cores at random places of a square that talk to those near them."""
    rng = np.random.default_rng(seed)
    n = side * side * per_tile
    places = rng.random((n, 2)) * side
    distance = np.abs(places[:, None] - places[None]).sum(axis=2)
    near = (distance < 1.5) & (distance > 0)
    traffic = near * rng.integers(1, 100, (n, n))
    return PlacementProblem(traffic, np.zeros(n), Mesh(side, side), per_tile, io_tile=0)


def layers(sizes: tuple[int, ...], mesh: Mesh, per_tile: int) -> PlacementProblem:
    """Fully connected layers of cores behind the host, as a trained network has them."""
    n = sum(sizes)
    traffic, start = np.zeros((n, n)), 0
    for a, b in pairwise(sizes):
        traffic[start : start + a, start + a : start + a + b] = 1000.0
        start += a
    host = np.zeros(n)
    host[: sizes[0]] = 5000.0
    return PlacementProblem(traffic, host, mesh, per_tile, io_tile=0)


@pytest.mark.parametrize(
    "problem",
    [geometric(8, 1), geometric(8, 4), geometric(16, 1), layers((8, 8, 4), Mesh(8, 4), 4)],
    ids=["8x8", "8x8 of four", "16x16", "layers"],
)
@pytest.mark.parametrize("method", ["annealing", "spectral", "greedy"])
def test_at_least_30_percent_less_way_than_at_random(problem, method):
    result = place(problem, method, seed=1)
    assert result.objective_after <= 0.7 * result.objective_random
    assert result.objective_after == objective(problem, result.tile)


def test_annealing_is_no_worse_than_what_it_starts_from():
    problem = geometric(8, 2)
    best = min(place(problem, m).objective_after for m in ("greedy", "spectral", "in_order"))
    assert place(problem, "annealing").objective_after < best
    assert place(problem, "swarm").objective_after <= place(problem, "greedy").objective_after


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_annealing_finds_the_best_of_all_placements_of_few_cores(seed, cores):
    problem = random_problem(seed, cores, Mesh(3, 2), 1)
    every = (t for t in product(range(6), repeat=cores) if len(set(t)) == cores)
    best = min(objective(problem, np.array(tiles)) for tiles in every)
    assert place(problem, "annealing", seed=seed).objective_after == pytest.approx(best)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 24), st.sampled_from(sorted(METHODS)))
def test_every_core_gets_a_place_and_no_tile_too_many(seed, cores, method):
    problem = random_problem(seed, cores, Mesh(4, 3), 2)
    first, again = (METHODS[method](problem, seed=seed) for _ in range(2))
    assert np.array_equal(first, again)
    assert first.shape == (cores,)
    assert np.bincount(first, minlength=12).max() <= 2
    assert first.min() >= 0
    assert first.max() < 12


@pytest.mark.parametrize("method", sorted(METHODS))
def test_cores_of_a_group_stay_in_one_tile(method):
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(5), [4, 4, 3, 4, 2])
    problem = PlacementProblem(
        rng.random((17, 17)), rng.random(17), Mesh(3, 3), 4, io_tile=4, groups=groups
    )
    tile = METHODS[method](problem, seed=3)
    assert all(len(np.unique(tile[groups == g])) == 1 for g in range(5))
    assert len(np.unique(tile)) == 5


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_cost_of_a_move_is_what_the_objective_changes_by(seed):
    rng = np.random.default_rng(seed)
    problem = random_problem(seed, 9, Mesh(3, 3), 2)
    tile = METHODS["random"](problem, seed=seed)
    layout = lay_out(problem.units, tile)
    for _ in range(20):
        u, to, slot = int(rng.integers(9)), int(rng.integers(9)), int(rng.integers(2))
        cost = change(problem.units, layout, u, to, slot)
        if np.isnan(cost):
            continue
        before = objective(problem, layout.row * 3 + layout.column)
        exchange(problem.units, layout, u, to, slot)
        after = objective(problem, layout.row * 3 + layout.column)
        assert after - before == pytest.approx(cost, abs=1e-6)


def test_objective_by_hand():
    problem = PlacementProblem(
        np.array([[0, 3], [2, 0]]), np.array([1.0, 0.0]), Mesh(4, 4), 1, io_tile=0
    )
    # Between tiles 1 (1, 0) and 6 (2, 1) lie two hops; the host is one hop from tile 1.
    assert objective(problem, np.array([1, 6])) == 5 * 2 + 1
    dear = PlacementProblem(
        problem.traffic, problem.host, Mesh(4, 4), 1, io_tile=0, cost_north_south=3.0
    )
    assert objective(dear, np.array([1, 6])) == 5 * 4 + 1


def test_what_cannot_be_is_refused():
    problem = geometric(4, 1)
    with pytest.raises(HardwareError, match="no placement is called 'best'; there are: in_order,"):
        place(problem, "best")
    with pytest.raises(HardwareError, match="do not fit on 4 tiles"):
        PlacementProblem(np.zeros((9, 9)), np.zeros(9), Mesh(2, 2), 2, io_tile=0)
    with pytest.raises(HardwareError, match="moves is 0"):
        annealing(problem, moves=0)
    with pytest.raises(HardwareError, match="0 particles"):
        swarm(problem, particles=0)
    with pytest.raises(HardwareError, match="traffic must be finite and at least 0"):
        PlacementProblem(-np.ones((2, 2)), np.zeros(2), Mesh(2, 2), 1, io_tile=0)
