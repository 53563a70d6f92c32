"""Placement along the slow eigenvectors of the traffic."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import lobpcg

from polychrony.hardware.mapping.placement.objective import objective
from polychrony.hardware.mapping.placement.paths import fill, hilbert, snake
from polychrony.hardware.mapping.placement.problem import PlacementProblem

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

_DENSE = 200  # below this many units a full eigendecomposition is quicker and always converges


def _fiedler(weights: sparse.csr_array, seed: int) -> FloatArray:
    """Second eigenvector of the Laplacian of one connected graph, [U]."""
    n = weights.shape[0]
    if n < 3:
        return np.arange(n, dtype=np.float64)
    laplacian = sparse.csgraph.laplacian(weights)
    if n <= _DENSE:
        return np.asarray(np.linalg.eigh(laplacian.toarray())[1][:, 1])
    start = np.random.default_rng(seed).standard_normal((n, 1))
    ones = np.ones((n, 1)) / np.sqrt(n)
    inverse = 1.0 / np.maximum(laplacian.diagonal(), 1e-300)
    with warnings.catch_warnings():
        # An order of cores needs no exact eigenvector: what it has after 200 rounds will do.
        warnings.simplefilter("ignore", UserWarning)
        _, vectors = lobpcg(
            sparse.csr_array(laplacian),
            start,
            M=sparse.diags_array(inverse),
            Y=ones,
            largest=False,
            maxiter=200,
            tol=1e-3,
        )
    return np.asarray(vectors[:, 0])


def spectral(problem: PlacementProblem, *, seed: int = 0) -> IntArray:
    """Order cores by the Fiedler vector and fold the order into the mesh.

    Neighbours in the order exchange many messages; a space-filling curve keeps neighbours of the
    order near each other on the mesh. Parts that exchange nothing follow each other, the one that
    hears most of the host first. Of Hilbert's curve and a snake, from either end, the best stays.

    Args:
        problem: cores and mesh.
        seed: seed of the start of the iteration for eigenvectors.

    Returns:
        Tile of each core, [C].
    """
    units = problem.units
    n = len(units.size)
    weights = sparse.csr_array((units.weight, units.other, units.start), shape=(n, n))
    parts, label = connected_components(weights, directed=False)
    heard = np.bincount(label, units.host, minlength=parts)
    pieces = []
    for part in np.argsort(-heard, kind="stable"):
        members = np.flatnonzero(label == part)
        along = _fiedler(sparse.csr_array(weights[members][:, members]), seed)
        pieces.append(members[np.argsort(along, kind="stable")])
    order = np.concatenate(pieces)
    candidates = [
        fill(way, path, units)[problem.unit_of_core]
        for way in (order, order[::-1].copy())
        for path in (hilbert(problem.mesh), snake(problem.mesh))
    ]
    return min(candidates, key=lambda tile: objective(problem, tile))
