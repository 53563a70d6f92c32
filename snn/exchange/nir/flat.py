"""Graphs within graphs, laid open into one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from polychrony.snn.exchange.nir.errors import NirError, node_error
from polychrony.snn.exchange.nir.tree import Node, Tree

NEURONS = ("I", "IF", "LI", "LIF", "CubaLI", "CubaLIF", "Threshold")
PASSES = "Pass"
"""Input or Output of a graph within another: what comes in goes out."""


@dataclass(frozen=True, eq=False)
class Flat:
    """Nodes of all graphs, with the edges between them.

    Args:
        nodes: by name, `graph.node` for nodes of a graph within.
        edges: in the order of the file, without repetition.
        before: nodes that lead to each.
        after: nodes that each leads to.
    """

    nodes: dict[str, Node]
    edges: Sequence[tuple[str, str]]
    before: dict[str, list[str]]
    after: dict[str, list[str]]


def flat(nodes: dict[str, Node], edges: Sequence[tuple[str, str]]) -> Flat:
    """Nodes and edges, with neighbours."""
    before: dict[str, list[str]] = {name: [] for name in nodes}
    after: dict[str, list[str]] = {name: [] for name in nodes}
    for source, target in edges:
        before[target].append(source)
        after[source].append(target)
    return Flat(nodes, edges, before, after)


def flatten(tree: Tree) -> Flat:
    """Lay a graph open.

    Raises:
        NirError: an edge leads to or from a node that is not there, or twice between the same two;
            into an Input or out of an Output; or a graph within has not one of each.
    """
    nodes: dict[str, Node] = {}
    edges: list[tuple[str, str]] = []
    _open(tree, "", nodes, edges)
    if twice := [edge for edge, count in Counter(edges).items() if count > 1]:
        source, target = twice[0]
        raise NirError(f"the edge {source!r} -> {target!r} stands twice; merge them into one")
    found = flat(nodes, edges)
    for name, node in nodes.items():
        if node.kind == "Input" and found.before[name]:
            raise node.error(f"{found.before[name][0]!r} leads into it; edges may only leave it")
        if node.kind == "Output" and found.after[name]:
            raise node.error(f"it leads to {found.after[name][0]!r}; edges may only end in it")
    if not any(node.kind == "Input" for node in nodes.values()):
        raise NirError("there is no Input node, through which spikes could come")
    return found


def _open(
    tree: Tree, prefix: str, nodes: dict[str, Node], edges: list[tuple[str, str]]
) -> dict[str, tuple[str, str]]:
    """Add a graph's nodes and edges; where edges enter and leave each of its parts."""
    ports: dict[str, tuple[str, str]] = {}
    for key, part in tree.nodes.items():
        name = f"{prefix}{key}"
        if isinstance(part, Tree):
            ports[key] = _ports(part, name, _open(part, f"{name}.", nodes, edges), nodes)
            continue
        if name in nodes:
            raise part.error("two nodes have this name")
        ports[key] = (name, name)
        nodes[name] = part
    for source, target in tree.edges:
        for end in (source, target):
            if end not in ports:
                raise NirError(f"an edge {source!r} -> {target!r}, but there is no node {end!r}")
        edges.append((ports[source][1], ports[target][0]))
    return ports


def _ports(
    part: Tree, name: str, inner: dict[str, tuple[str, str]], nodes: dict[str, Node]
) -> tuple[str, str]:
    """Input and Output of a graph within, which from now on only pass on."""
    found = []
    for kind in ("Input", "Output"):
        mine = [
            inner[key][0]
            for key, each in part.nodes.items()
            if isinstance(each, Node) and each.kind == kind
        ]
        if len(mine) != 1:
            raise node_error(
                name, "NIRGraph", f"has {len(mine)} {kind} nodes; a graph within has exactly one"
            )
        old = nodes[mine[0]]
        nodes[mine[0]] = Node(old.name, PASSES, old.parameters, old.metadata)
        found.append(mine[0])
    return found[0], found[1]
