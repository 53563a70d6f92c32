from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from polychrony.hardware.adapt.poset import meet_irreducible, upper_covers

MOST = 7
relations = st.integers(1, MOST).flatmap(lambda n: arrays(bool, (n, n)))


def walks(edges, i, seen=frozenset()):
    """All that can be reached from i, i itself included."""
    seen = seen | {i}
    for j in np.flatnonzero(edges[i]):
        if j not in seen:
            seen = walks(edges, int(j), seen)
    return seen


def irreducible_by_definition(edges):
    """Sets of neurons that reach each other, and for each all elements above none of which is below
    another one of them."""
    n = len(edges)
    reach = [walks(edges, i) for i in range(n)]
    element = [frozenset(j for j in range(n) if j in reach[i] and i in reach[j]) for i in range(n)]

    def below(x, y):
        return x != y and min(y) in reach[min(x)]

    found = []
    for x in element:
        above = {y for y in element if below(x, y)}
        covers = [y for y in above if not any(below(z, y) for z in above)]
        found.append(len(covers) == 1)
    return found, len({x for x, one in zip(element, found, strict=True) if one})


@settings(max_examples=300, deadline=None)
@given(relations)
def test_one_upper_cover_as_by_definition(edges):
    found, elements = meet_irreducible(edges)
    assert (found.tolist(), elements) == irreducible_by_definition(edges)


@settings(max_examples=100, deadline=None)
@given(relations, st.randoms(use_true_random=False))
def test_names_of_neurons_do_not_matter(edges, random):
    order = list(range(len(edges)))
    random.shuffle(order)
    shuffled = edges[np.ix_(order, order)]
    found, elements = meet_irreducible(edges)
    again, as_many = meet_irreducible(shuffled)
    np.testing.assert_array_equal(again, found[order])
    assert as_many == elements


@settings(max_examples=100, deadline=None)
@given(relations)
def test_the_reduction_generates_the_same_order_with_fewest_pairs(edges):
    edges = np.triu(edges, 1)  # without cycles
    covers = upper_covers(edges)
    n = len(edges)
    assert [walks(covers, i) for i in range(n)] == [walks(edges, i) for i in range(n)]
    for i, j in zip(*np.nonzero(covers), strict=True):
        less = covers.copy()
        less[i, j] = False
        assert j not in walks(less, i)


def subsets(size):
    return [frozenset(c) for k in range(size + 1) for c in itertools.combinations(range(size), k)]


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_in_the_lattice_of_subsets_those_that_lack_one(size):
    elements = subsets(size)
    edges = np.array([[x < y for y in elements] for x in elements])
    found, count = meet_irreducible(edges)
    assert found.tolist() == [len(x) == size - 1 for x in elements]
    assert count == size


@pytest.mark.parametrize("number", [12, 60, 64, 210])
def test_in_a_lattice_those_that_are_no_meet_of_two_greater_ones(number):
    elements = [d for d in range(1, number + 1) if number % d == 0]
    edges = np.array([[y % x == 0 for y in elements] for x in elements])
    for x, found in zip(elements, meet_irreducible(edges)[0], strict=True):
        greater = [y for y in elements if y > x and y % x == 0]
        met = any(np.gcd(y, z) == x for y, z in itertools.combinations(greater, 2))
        assert found == (x != number and not met)


def test_a_cycle_is_one_element():
    edges = np.zeros((4, 4), bool)
    edges[[0, 1, 2, 0], [1, 2, 0, 3]] = True
    found, elements = meet_irreducible(edges)
    assert (found.tolist(), elements) == ([True, True, True, False], 1)
    edges[3, 0] = True
    found, elements = meet_irreducible(edges)
    assert (found.any(), elements) == (False, 0)
