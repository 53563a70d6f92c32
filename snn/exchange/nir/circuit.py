"""From nodes and edges to populations and synapses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from polychrony.snn.components import in_order
from polychrony.snn.exchange.nir.errors import NirError
from polychrony.snn.exchange.nir.feedback import closing_loops
from polychrony.snn.exchange.nir.flat import NEURONS, Flat
from polychrony.snn.exchange.nir.linear import Flow, apply
from polychrony.snn.exchange.nir.neurons import Cells, Dynamics
from polychrony.snn.exchange.nir.paths import BYTES_PER_ENTRY, Path, joined, straight
from polychrony.snn.exchange.nir.tree import Node
from polychrony.snn.graph import Population, Projection


@dataclass(frozen=True, eq=False)
class Circuit:
    """A network of NIR, multiplied out.

    Args:
        cells: the populations.
        projections: synapses between them, in the order of the file.
        outputs: populations that lead to an Output.
        dt: duration of a step, s.
    """

    cells: tuple[Cells, ...]
    projections: tuple[Projection, ...]
    outputs: tuple[str, ...]
    dt: float


class _Synapses(NamedTuple):
    """What one source adds to one target over one edge into it."""

    source: str
    target: str
    via: Node | None
    path: Path


class Wiring:
    """What flows over the edges of a graph.

    Args:
        graph: nodes, those of soft reset already replaced.
        neurons: dynamics of each node of neurons.
        dt: duration of a step, in the file's unit of time.
        limit: bytes that synapses may take.
        marked: whether the file marks the nodes that close loops.
    """

    def __init__(
        self,
        graph: Flat,
        neurons: Mapping[str, Dynamics],
        dt: float,
        limit: int,
        marked: bool,
    ) -> None:
        self._graph, self._neurons, self._dt = graph, neurons, dt
        self._limit, self._marked = limit, marked
        self._flows: dict[str, Flow] = {}
        self._synapses: list[_Synapses] = []
        self._left = limit
        self.outputs: list[str] = []
        self.cells: list[Cells] = []
        self._names: dict[str, str] = {}

    def circuit(self, step_s: float) -> Circuit:
        """Follow every edge.

        Args:
            step_s: duration of a step, s.

        Raises:
            NirError: shapes do not fit, nodes form a loop without neurons, or synapses need more
                memory than the limit.
        """
        for name, node in self._graph.nodes.items():
            if node.kind == "Input":
                shape = node.whole("shape")
                self._start(node, shape)
                self.cells.append(Cells(Population(self._name(name), _size(node, shape), "input")))
            elif name in self._neurons:
                self._start(node, _shape(node))
        for name in self._linear_nodes():
            self._flows[name] = self._into(name)
        for name, node in self._graph.nodes.items():
            if name in self._neurons:
                self._end(node, name, self._neurons[name])
            elif node.kind == "Output":
                self._output(node, name)
        return Circuit(
            tuple(self.cells),
            tuple(self._projections()),
            tuple(dict.fromkeys(self.outputs)),
            step_s,
        )

    def _name(self, name: str) -> str:
        """The population's name: what the writer called it, unless that is taken."""
        if name not in self._names:
            own = self._graph.nodes[name].says("name") if self._marked else None
            taken = {*self._names.values(), *(set(self._graph.nodes) - {name})}
            self._names[name] = own if isinstance(own, str) and own and own not in taken else name
        return self._names[name]

    def _start(self, node: Node, shape: tuple[int, ...]) -> None:
        size = _size(node, shape)
        self._pay(node, size)
        self._flows[node.name] = Flow(shape, {node.name: straight(size)})

    def _pay(self, node: Node, entries: int) -> None:
        self._left -= entries * BYTES_PER_ENTRY
        if self._left < 0:
            raise node.error(
                f"needs synapses beyond {self._limit:,} bytes; if you trust it, raise the limit"
            )

    def _linear_nodes(self) -> list[str]:
        linear = [
            name
            for name, node in self._graph.nodes.items()
            if name not in self._flows and node.kind != "Output"
        ]
        before = {name: set(self._graph.before[name]) & set(linear) for name in linear}
        ordered, stuck = in_order(linear, before)
        if stuck:
            raise self._graph.nodes[stuck[0]].error(
                "lies on a loop, or behind one, without neurons"
            )
        return ordered

    def _into(self, name: str) -> Flow:
        """What comes out of a node that is no neuron."""
        node = self._graph.nodes[name]
        if not self._graph.before[name]:
            raise node.error("nothing leads to it")
        flow = apply(node, self._gathered(node, name), self._dt, max(self._left, 0))
        self._pay(node, sum(len(path.weight) for path in flow.paths.values()))
        return flow

    def _gathered(self, node: Node, name: str) -> Flow:
        flows = [self._flows[source] for source in self._graph.before[name]]
        paths: dict[str, list[Path]] = {}
        constant: Any = None
        for flow in flows:
            if flow.shape != flows[0].shape:
                raise node.error(
                    f"both {list(flows[0].shape)} and {list(flow.shape)} come in; what comes in "
                    "is added up, so shapes must be the same"
                )
            for source, path in flow.paths.items():
                paths.setdefault(source, []).append(path)
            if flow.constant is not None:
                constant = flow.constant if constant is None else constant + flow.constant
        return Flow(flows[0].shape, {s: joined(found) for s, found in paths.items()}, constant)

    def _end(self, node: Node, name: str, dynamics: Dynamics) -> None:
        """Synapses into a node of neurons."""
        shape = self._flows[name].shape
        bias = np.zeros(len(dynamics.decay))
        for before in self._graph.before[name]:
            flow = self._flows[before]
            if flow.shape != shape:
                raise node.error(f"takes shape {list(shape)}, but {list(flow.shape)} comes in")
            via = None if before in self._neurons else self._graph.nodes[before]
            for source, path in flow.paths.items():
                scaled = Path(
                    path.n_out,
                    path.row,
                    path.col,
                    path.delay,
                    path.weight * dynamics.gain[path.row],
                )
                self._synapses.append(_Synapses(source, name, via, scaled))
            if flow.constant is not None:
                bias = bias + flow.constant
        self.cells.append(dynamics.cells(self._name(name), bias))

    def _output(self, node: Node, name: str) -> None:
        """Neurons that lead straight to an Output are outputs; anything else becomes a readout."""
        if not self._graph.before[name]:
            raise node.error("nothing leads to it")
        flow = apply(node, self._gathered(node, name), self._dt, max(self._left, 0))
        if len(flow.paths) == 1 and flow.constant is None:
            ((source, path),) = flow.paths.items()
            if source in self._neurons and path.passes_on:
                self.outputs.append(self._name(source))
                return
        size = _size(node, flow.shape)
        one = np.ones(size)
        readout = Dynamics("li", self._readout_decay(node, size), one, np.ones(1, np.float32), 0.0)
        bias = np.zeros(size) if flow.constant is None else flow.constant
        for source, path in flow.paths.items():
            self._synapses.append(_Synapses(source, name, None, path))
        self.cells.append(readout.cells(self._name(name), bias))
        self.outputs.append(self._name(name))

    def _readout_decay(self, node: Node, size: int) -> Any:
        """Decay of a readout that was left out for another reader; else 0."""
        said = node.metadata.get("readout_decay") if self._marked else None
        decay: Any = np.zeros(size) if said is None else np.asarray(said)
        if decay.shape != (size,) or decay.dtype.kind != "f":
            raise node.error("metadata readout_decay is not one real number for each output")
        return decay

    def _projections(self) -> list[Projection]:
        """Synapses that belong together, those that close a loop one step later."""
        late = self._closing()
        groups: dict[tuple[str, str, int], list[Path]] = {}
        for each in self._synapses:
            source = self._graph.nodes[each.source]
            if each.source in self._neurons and self._neurons[each.source].kind == "li":
                raise source.error(
                    f"its potential goes on to {each.target!r}; only spikes can, so put neurons "
                    "that fire there, or let it end in an Output"
                )
            path = each.path
            if self._closes(each, late):
                path = Path(path.n_out, path.row, path.col, path.delay + 1, path.weight)
            groups.setdefault((each.source, each.target, self._part(each)), []).append(path)
        made = [
            _projection(self._name(source), self._name(target), joined(paths))
            for (source, target, _), paths in groups.items()
        ]
        return [projection for projection in made if projection.n_synapses]

    def _part(self, each: _Synapses) -> int:
        """Several projections between the same two populations stay apart."""
        part = each.via.says("projection") if each.via and self._marked else None
        return part if isinstance(part, int) else -1

    def _closes(self, each: _Synapses, late: set[tuple[str, str]]) -> bool:
        if self._marked:
            return bool(each.via is not None and each.via.says("feedback") == 1)
        return (each.source, each.target) in late

    def _closing(self) -> set[tuple[str, str]]:
        if self._marked:
            return set()
        nodes = [name for name in self._graph.nodes if name in self._flows]
        return closing_loops(nodes, [(each.source, each.target) for each in self._synapses])


def _projection(source: str, target: str, path: Path) -> Projection:
    order = np.lexsort((path.delay, path.row, path.col))
    order = order[path.weight[order] != 0]
    if len(order) and int(path.delay.max()) > 2**30:
        raise NirError(f"{source}->{target}: delays of more than 2^30 steps; is dt right?")
    with np.errstate(over="ignore"):  # what becomes infinite is refused by the projection
        weight = path.weight[order].astype(np.float32)
    return Projection(
        source,
        target,
        path.col[order].astype(np.int32),
        path.row[order].astype(np.int32),
        weight,
        path.delay[order].astype(np.int32),
    )


def _shape(node: Node) -> tuple[int, ...]:
    return node["threshold" if node.kind == "Threshold" else "r"].shape


def _size(node: Node, shape: tuple[int, ...]) -> int:
    size = int(np.prod(shape, dtype=object))
    if size > 2**31 - 1:
        raise node.error(f"shape {list(shape)} has {size:,} entries; at most 2^31 - 1 are possible")
    return size


__all__ = ["NEURONS", "Circuit", "Wiring"]
