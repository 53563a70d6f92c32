"""Populations in the order in which spikes flow, those that hear each other taken together."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from polychrony.snn.errors import GraphError

T = TypeVar("T", bound=Hashable)


class Edge(NamedTuple):
    """A projection as far as order depends on it.

    Args:
        source: population that spikes.
        target: population that receives.
        shortest: shortest delay of its synapses, steps; infinite without synapses.
    """

    source: str
    target: str
    shortest: float


class Component(NamedTuple):
    """Populations of which each hears all others, perhaps through others; or a single one.

    Args:
        names: the populations, so that within a window each comes after those that it hears.
        window: steps for which all of them can run one after the other, because what comes back
            takes as long at least; None where nothing comes back.
    """

    names: tuple[str, ...]
    window: int | None


def in_order(nodes: Sequence[T], before: Mapping[T, set[T]]) -> tuple[list[T], list[T]]:
    """Nodes so that each comes after those before it.

    Args:
        nodes: the nodes.
        before: those that must come before each.

    Returns:
        The nodes in order, and those that lie on loops or behind them.
    """
    done: list[T] = []
    waiting = list(nodes)
    while waiting:
        left = set(waiting)
        ready = [node for node in waiting if not before[node] & left]
        if not ready:
            break
        done += ready
        waiting = [node for node in waiting if before[node] & left]
    return done, waiting


def components(names: Sequence[str], edges: Sequence[Edge]) -> tuple[Component, ...]:
    """Strongly connected components, so that every edge between two leads to a later one.

    Args:
        names: the populations.
        edges: the projections.

    Returns:
        The components; without loops, one for each population.

    Raises:
        GraphError: a loop has no delay.
    """
    ordered, stuck = in_order(names, _before(names, edges))
    if not stuck:
        return tuple(Component((name,), None) for name in ordered)
    groups = _strong(names, edges)
    owner = {name: k for k, group in enumerate(groups) for name in group}
    before: dict[int, set[int]] = {k: set() for k in range(len(groups))}
    inner: dict[int, list[Edge]] = {k: [] for k in range(len(groups))}
    for edge in edges:
        source, target = owner[edge.source], owner[edge.target]
        if source == target:
            inner[target].append(edge)
        else:
            before[target].add(source)
    found: list[Component] = []
    for k in in_order(range(len(groups)), before)[0]:
        found += _together(groups[k], inner[k])
    return tuple(found)


def _before(names: Sequence[str], edges: Sequence[Edge]) -> dict[str, set[str]]:
    before: dict[str, set[str]] = {name: set() for name in names}
    for edge in edges:
        before[edge.target].add(edge.source)
    return before


def _strong(names: Sequence[str], edges: Sequence[Edge]) -> list[list[str]]:
    # Half of the time that importing polychrony.snn took: only graphs with loops come here.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    place = {name: k for k, name in enumerate(names)}
    ends = [[place[edge.source] for edge in edges], [place[edge.target] for edge in edges]]
    matrix = coo_array((np.ones(len(edges)), ends), shape=(len(names),) * 2)
    label = connected_components(matrix, connection="strong")[1]
    groups: dict[int, list[str]] = {}
    for name, number in zip(names, label.tolist(), strict=True):
        groups.setdefault(number, []).append(name)
    return list(groups.values())


def _together(names: list[str], edges: list[Edge]) -> list[Component]:
    """The longest window, and the order that makes it: edges that are shorter lead forward."""
    lengths = {edge.shortest for edge in edges if edge.shortest > 0}
    for window in sorted({math.inf, *lengths}, reverse=True):
        shorter = [edge for edge in edges if edge.shortest < window]
        ordered, stuck = in_order(names, _before(names, shorter))
        if not stuck and window == math.inf:
            return [Component((name,), None) for name in ordered]
        if not stuck:
            return [Component(tuple(ordered), int(window))]
    loop = _loop(stuck, shorter)
    way = ", ".join(f"{a}->{b}" for a, b in zip(loop, [*loop[1:], loop[0]], strict=True))
    raise GraphError(
        f"populations form a loop without delay: {', '.join(loop)} (shortest delay 0 along {way}); "
        "give one of these projections a delay of at least 1 step, in all of its synapses"
    )


def _loop(stuck: list[str], edges: list[Edge]) -> list[str]:
    """Some loop among nodes that each have one of them before them."""
    before = _before(stuck, [edge for edge in edges if {edge.source, edge.target} <= set(stuck)])
    way = stuck[:1]
    while len(set(way)) == len(way):
        way.append(min(before[way[-1]]))
    return way[way.index(way[-1]) : -1][::-1]
