"""Placement by a swarm of particles."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mapping.placement.greedy import greedy
from polychrony.hardware.mapping.placement.objective import objective
from polychrony.hardware.mapping.placement.paths import fill, hilbert
from polychrony.hardware.mapping.placement.problem import PlacementProblem

IntArray = npt.NDArray[np.int64]
# Share of swaps at random, towards one's own best, and towards the best of all.
_INERTIA, _OWN, _COMMON = 0.3, 0.3, 0.4


def _towards(order: IntArray, best: IntArray, share: float, rng: np.random.Generator) -> None:
    """Swap some of what stands elsewhere in `best` to its place there, in place."""
    place = np.argsort(order)
    for k in np.flatnonzero(order != best):
        if rng.random() < share and order[k] != best[k]:
            other = place[best[k]]
            order[k], order[other] = order[other], order[k]
            place[order[k]], place[order[other]] = k, other


def swarm(
    problem: PlacementProblem, *, seed: int = 0, particles: int = 20, rounds: int = 60
) -> IntArray:
    """Let orders of cores fly towards the best that each, and that any, has found.

    A particle is an order of cores along Hilbert's curve. Its velocity is a list of swaps: a few of
    its own at random, some that bring it closer to its own best order, and some towards the best of
    all. The first particle starts from the greedy placement.

    Args:
        problem: cores and mesh.
        seed: seed of the swarm.
        particles: number of particles.
        rounds: flights of each.

    Returns:
        Tile of each core, [C]; no worse than the greedy placement.

    Raises:
        HardwareError: there are no particles or no rounds.

    Reference:
        Das et al., arXiv:1908.08024, and Balaji et al., arXiv:1909.01843, place clusters by
        particle swarms; how a particle moves over orders is ours.
    """
    if particles < 1 or rounds < 1:
        raise HardwareError(f"a swarm of {particles} particles and {rounds} rounds does nothing")
    rng, units, path = np.random.default_rng(seed), problem.units, hilbert(problem.mesh)
    n = len(units.size)

    def cost(order: IntArray) -> tuple[float, IntArray]:
        tile = fill(order, path, units)[problem.unit_of_core]
        return objective(problem, tile), tile

    known = greedy(problem, seed=seed)
    best_cost, best_tile = objective(problem, known), known
    position = np.empty(path.max() + 1, np.int64)
    position[path] = np.arange(len(path))
    first_core = np.unique(problem.unit_of_core, return_index=True)[1]
    orders = [np.argsort(position[known[first_core]], kind="stable")]
    orders += [rng.permutation(n) for _ in range(particles - 1)]
    own = [(cost(order)[0], order.copy()) for order in orders]
    common = min(own, key=lambda pair: pair[0])[1].copy()
    common_cost = min(pair[0] for pair in own)
    for _ in range(rounds):
        for p, order in enumerate(orders):
            for _ in range(max(1, int(_INERTIA * rng.random() * min(n, 20)))):
                a, b = rng.integers(n, size=2)
                order[a], order[b] = order[b], order[a]
            _towards(order, own[p][1], _OWN, rng)
            _towards(order, common, _COMMON, rng)
            now, tile = cost(order)
            if now < own[p][0]:
                own[p] = (now, order.copy())
            if now < common_cost:
                common, common_cost = order.copy(), now
            if now < best_cost:
                best_cost, best_tile = now, tile
    return best_tile
