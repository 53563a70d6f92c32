"""Which connections of a loop take the step that NIR does not write down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def closing_loops(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Edges that lead back to a node from which the search for them still goes on.

    NIR lets nodes form loops, and readers that run in steps let spikes act one step later where a
    loop closes. Which edge that is they find out each in its own way; here it is the edge that a
    search in depth, in the order of nodes and edges, finds leading back. In a layer that hears
    itself it is the edge from the layer to itself, whoever reads.

    Args:
        nodes: sources and targets, those first from which a search begins first.
        edges: pairs of them.
    """
    after: dict[str, list[str]] = {name: [] for name in nodes}
    for edge in edges:
        after.setdefault(edge[0], []).append(edge[1])
    found: set[tuple[str, str]] = set()
    done: set[str] = set()
    for start in after:
        if start in done:
            continue
        way: list[tuple[str, Iterator[str]]] = [(start, iter(after[start]))]
        open_ = {start}
        while way:
            name, targets = way[-1]
            target: str | None = next(targets, None)
            if target is None:
                way.pop()
                open_.discard(name)
                done.add(name)
            elif target in open_:
                found.add((name, target))
            elif target not in done:
                open_.add(target)
                way.append((target, iter(after.get(target, []))))
    return found
