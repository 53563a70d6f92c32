"""Neurons as a partially ordered set: who depends on whom."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Relation = npt.NDArray[np.bool_]


def meet_irreducible(edges: Relation) -> tuple[npt.NDArray[np.bool_], int]:
    """Neurons that stand right below exactly one other element of their order.

    i <= j where a path of edges leads from i to j. Neurons on a common cycle are one element. An
    upper cover of x is some y > x with no z for which x < z < y. An element of a finite lattice is
    meet-irreducible, that is not the meet of greater ones, if and only if it has exactly one upper
    cover. The same is asked of elements here, where the order need not be a lattice: elements with
    nothing above them, lone neurons among them, are not meet-irreducible.

    Args:
        edges: whether neuron j depends on neuron i at once, [N, N] as [i, j]; the diagonal does
            not count.

    Returns:
        Whether the element of each neuron is meet-irreducible, [N], and the number of elements that
        are.

    References:
        G. Birkhoff, Lattice Theory, 3rd ed., 1967; R. Sengupta, "Lattice-Based Pruning in Recurrent
        Neural Networks via Poset Modeling", arXiv:2502.16525, abstract.
    """
    elements, of = connected_components(csr_array(edges), directed=True, connection="strong")
    if elements == 1:
        return np.zeros(len(edges), bool), 0
    pre, post = np.nonzero(edges)
    between = np.zeros((elements, elements), bool)
    between[of[pre], of[post]] = True
    np.fill_diagonal(between, False)
    found = upper_covers(between).sum(1) == 1
    return np.asarray(found[of], bool), int(found.sum())


def upper_covers(edges: Relation) -> Relation:
    """Transitive reduction of an order.

    Args:
        edges: a relation without cycles that generates the order, [E, E] as [lower, upper].

    Returns:
        Which elements are upper covers of which, [E, E] as [lower, upper].
    """
    above = edges
    while True:
        reached = above | _product(above, above)
        if np.array_equal(reached, above):
            return above & ~_product(above, above)
        above = reached


def _product(first: Relation, second: Relation) -> Relation:
    """Whether any element lies between; sums of zeros and ones are exact in float32."""
    return np.asarray(first.astype(np.float32) @ second.astype(np.float32) > 0.5, bool)
