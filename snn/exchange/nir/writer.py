"""From the graph that hardware takes to NIR."""

from __future__ import annotations

import math
import os
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.snn.exchange.nir.errors import NirError
from polychrony.snn.exchange.nir.hdf5 import LIMIT
from polychrony.snn.exchange.nir.library import library
from polychrony.snn.exchange.nir.objects import as_object
from polychrony.snn.exchange.nir.reader import WRITER
from polychrony.snn.exchange.nir.taps import Tap, taps
from polychrony.snn.exchange.nir.targets import Reader, target_for
from polychrony.snn.exchange.nir.times import Discretization, strict_threshold, time_constant
from polychrony.snn.exchange.nir.tree import Node, Tree
from polychrony.snn.export import Exportable, to_graph
from polychrony.snn.graph import NetworkGraph, Population, Projection
from polychrony.snn.network import SpikingNetwork

Array = npt.NDArray[Any]


def to_nir(
    network: NetworkGraph | SpikingNetwork | Exportable,
    dt: float | None = None,
    discretization: Discretization = "euler",
    gain_in_weights: bool = False,
    reader: Reader | None = None,
    limit: int = LIMIT,
) -> Any:
    """A `nir.NIRGraph` of a network, with its delays.

    Population by population: Input; LIF, or IF where nothing leaks; LI or I of readouts, each
    followed by an Output. Soft reset, which NIR has no word for, becomes the loop that does the
    same: LI -> Threshold -> Linear(-decay * v_threshold) -> LI. A projection becomes
    Delay -> Affine or Linear where all synapses of each source neuron have one delay, and else one
    such pair for each delay. Delays of 0 have no Delay. A projection that closes a loop is written
    with one step less, which every reader adds where a loop closes; its node says
    `feedback = 1` in its metadata.

    Weights, biases and thresholds are float32, as they are; time constants and resistances are
    float64, so that factors read back as they were: tau = dt / (1 - decay) (`"euler"`) or
    -dt / ln(decay) (`"exact"`), r = 1 / (1 - decay).

    Metadata of the graph: `dt` (unit of time constants and delays: what one step is taken for),
    `step_s` (s), `discretization`, `time_unit`, and `writer`.

    Args:
        network: the network; a `SpikingNetwork` is discretized in a copy.
        dt: what one step is taken for in time constants and delays; the network's by default.
        discretization: how a reader makes factors per step: `"euler"` or `"exact"`.
        gain_in_weights: write r = 1 and weights / (1 - decay) in float64, for readers that take no
            other r; neurons that never leak get a time constant of 2^60 steps.
        reader: library that is to read it: `"norse"`, `"snntorch"`, `"spikingjelly"` or `"sinabs"`.
            It sets the three before, dt as far as the library fixes it, and leaves readouts out:
            what comes out is their input, to be integrated with the decay that the Output's
            metadata name.
        limit: bytes that the weights may take; 1 GiB by default.

    Returns:
        The graph.

    Raises:
        NirError: the package is not installed, dense weights would take more than the limit, or
            `reader` would read another network.
        SnnError: the network has parts that graphs do not have.
    """
    library()
    graph = network if isinstance(network, NetworkGraph) else to_graph(network)
    if discretization not in ("euler", "exact"):
        raise NirError(f"discretization is {discretization!r}; use 'euler' or 'exact'")
    unit, readouts = graph.dt if dt is None else dt, True
    if reader is not None:
        target = target_for(reader, graph)
        unit, readouts = target.dt or unit, False
        discretization, gain_in_weights = target.discretization, target.gain_in_weights
    if not (math.isfinite(unit) and unit > 0):
        raise NirError(f"dt is {unit}; it must be above 0")
    return as_object(_Writer(graph, unit, discretization, gain_in_weights, readouts, limit).tree())


def write_nir(graph: Any, path: str | os.PathLike[str]) -> None:
    """Write a `nir.NIRGraph`, whole or not at all.

    Args:
        graph: the graph, as `to_nir` makes it.
        path: the file to make or replace.

    Raises:
        NirError: it cannot be written.
    """
    nir, target = library(), Path(path)
    temporary = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.absolute().parent)
        os.close(handle)
        temporary = Path(name)
        nir.write(temporary, graph)
        temporary.chmod(0o644)
        temporary.replace(target)
    except (OSError, TypeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise NirError(f"{target} cannot be written: {reason}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


class _Writer:
    """Nodes and edges made so far."""

    def __init__(
        self,
        graph: NetworkGraph,
        dt: float,
        how: Discretization,
        gain_in_weights: bool,
        readouts: bool,
        limit: int,
    ) -> None:
        self._graph, self._dt, self._how, self._readouts = graph, dt, how, readouts
        self._gain_in_weights, self._left = gain_in_weights, limit
        self._nodes: dict[str, Node | Tree] = {}
        self._edges: list[tuple[str, str]] = []
        self._sends: dict[str, str] = {}
        self._place = {population.name: k for k, population in enumerate(graph.order())}

    def tree(self) -> Tree:
        graph = self._graph
        if not graph.inputs:
            raise NirError("the network has no input population, through which spikes could come")
        names = {population.name: self._free(population.name) for population in graph}
        for population in graph:
            self._sends[population.name] = self._population(population, names[population.name])
        for population in graph.order():
            if population.kind != "input":
                self._incoming(population, names)
        for population in graph.outputs:
            if population.kind == "lif" or (population.kind == "li" and self._readouts):
                shape = np.array([population.size])
                name = self._add(f"{names[population.name]}_out", "Output", shape=shape)
                self._edges.append((self._sends[population.name], name))
        said = {
            "writer": WRITER,
            "dt": self._dt,
            "step_s": graph.dt,
            "discretization": self._how,
            "time_unit": "s" if self._dt == graph.dt else f"{graph.dt / self._dt:g} s",
        }
        return Tree(self._nodes, self._edges, said)

    def _free(self, wanted: str) -> str:
        """A name that HDF5 and readers can take, and nobody has."""
        safe = re.sub(r"[^A-Za-z0-9_]", "_", wanted)[:200]
        name, count = safe, 1
        while name in self._nodes:
            count += 1
            name = f"{safe}_{count}"
        self._nodes[name] = Tree({}, [])  # holds the place
        return name

    def _add(self, wanted: str, kind: str, **parameters: Any) -> str:
        name = self._free(wanted)
        self._put(name, kind, {}, **parameters)
        return name

    def _put(self, name: str, kind: str, metadata: dict[str, Any], **parameters: Any) -> None:
        self._nodes[name] = Node(name, kind, parameters, metadata)

    def _population(self, population: Population, name: str) -> str:
        """Nodes of the neurons themselves; the name of that which sends their spikes."""
        if getattr(population, "resolution", None) is not None:
            raise NirError(
                f"{population.name!r} counts in whole numbers, which NIR does not have; export the "
                "network before it is quantized"
            )
        said: dict[str, Any] = {} if name == population.name else {"name": population.name}
        if population.kind == "input":
            self._put(name, "Input", said, shape=np.array([population.size]))
            return name
        if population.kind == "li" and not self._readouts:
            said["readout_decay"] = population.decay
            self._put(name, "Output", said, shape=np.array([population.size]))
            return name
        neurons = self._integrator(population)
        soft = population.kind == "lif" and population.v_reset is None
        if population.kind == "li" or soft:
            kind = "LI" if "tau" in neurons else "I"
            self._put(name, kind, said, **neurons)
            return self._soft_reset(population, name) if soft else name
        neurons["v_threshold"] = strict_threshold(population.v_threshold)
        neurons["v_reset"] = np.full(population.size, population.v_reset, np.float64)
        self._put(name, "LIF" if "tau" in neurons else "IF", said, **neurons)
        return name

    def _integrator(self, population: Population) -> dict[str, Array]:
        one, zero = np.ones(population.size), np.zeros(population.size)
        if (population.decay == 1).all() and not self._gain_in_weights:
            return {"r": one / self._dt}
        tau = time_constant(population.decay, self._dt, self._how)
        return {"tau": tau, "r": 1 / self._gain(population), "v_leak": zero}

    def _gain(self, population: Population) -> Array:
        """Factor that a reader gives the input, before r; r is 1 or takes it back."""
        if self._gain_in_weights:
            return np.ones(population.size)
        return self._rest(population)

    def _rest(self, population: Population) -> Array:
        """What a reader takes for 1 - decay."""
        ratio = self._dt / time_constant(population.decay, self._dt, self._how)
        return ratio if self._how == "euler" else -np.expm1(-ratio)

    def _soft_reset(self, population: Population, name: str) -> str:
        threshold = strict_threshold(population.v_threshold)
        fires = self._add(f"{name}_threshold", "Threshold", threshold=threshold)
        scale = self._rest(population) if self._gain_in_weights else np.ones(population.size)
        decay, limit = (x.astype(np.float64) for x in (population.decay, population.v_threshold))
        back = self._free(f"{name}_reset")
        self._pay(population.size**2, name)
        taken = np.diag(-decay * limit / scale)
        self._put(back, "Linear", {"feedback": 1}, weight=taken)
        self._edges += [(name, fires), (fires, back), (back, name)]
        return fires

    def _pay(self, weights: int, where: str) -> None:
        self._left -= weights * (8 if self._gain_in_weights else 4)
        if self._left < 0:
            raise NirError(f"{where}: dense weights take more than the limit; raise it")

    def _incoming(self, population: Population, names: dict[str, str]) -> None:
        projections = [
            (index, p)
            for index, p in enumerate(self._graph.projections)
            if p.target == population.name
        ]
        bias: Array | None = population.bias
        first_input = self._graph.inputs[0]
        if not any(self._later(p) == 0 and p.weight.any() for _, p in projections):
            # A bias, and every node of other readers, needs an edge into it.
            nothing = Projection.from_dense(
                first_input.name, population.name, np.zeros((population.size, first_input.size))
            )
            projections.insert(0, (-1, nothing))
        for index, projection in projections:
            later = self._later(projection)
            used = bias if later == 0 else None
            if self._write(index, projection, population, names, later, used):
                bias = None

    def _later(self, projection: Projection) -> int:
        """1 where a projection closes a loop."""
        component = next(c for c in self._graph.components if projection.target in c.names)
        inside = projection.source in component.names
        backward = self._place[projection.source] >= self._place[projection.target]
        return int(inside and backward and projection.n_synapses > 0)

    def _write(
        self,
        index: int,
        projection: Projection,
        population: Population,
        names: dict[str, str],
        later: int,
        bias: Array | None,
    ) -> bool:
        """Nodes of a projection; whether one of them took the bias."""
        source = self._graph[projection.source]
        each = 8 if self._gain_in_weights else 4
        made = taps(projection, source.size, population.size, later, max(self._left, 0) // each)
        label = f"{names[source.name]}_to_{names[population.name]}"
        for k, tap in enumerate(made):
            self._pay(tap.weight.size, label)
            said = {"projection": index, **({"feedback": 1} if later else {})}
            sender = self._delayed(tap, label, self._sends[source.name])
            weight, shift = self._scaled(population, tap, bias if k == 0 else None)
            name = self._free(label)
            if shift is None:
                self._put(name, "Linear", said, weight=weight)
            else:
                self._put(name, "Affine", said, weight=weight, bias=shift)
            self._edges += [(sender, name), (name, names[population.name])]
        return bool(made) and bias is not None

    def _integrates(self, population: Population) -> bool:
        return population.kind == "lif" or self._readouts

    def _delayed(self, tap: Tap, label: str, sender: str) -> str:
        if not tap.delay.any():
            return sender
        name = self._add(f"{label}_delay", "Delay", delay=tap.delay * self._dt)
        self._edges.append((sender, name))
        return name

    def _scaled(
        self, population: Population, tap: Tap, bias: Array | None
    ) -> tuple[Array, Array | None]:
        if not self._gain_in_weights:
            return tap.weight, bias
        gain = self._rest(population) if self._integrates(population) else np.ones(population.size)
        shift = None if bias is None else bias / gain
        return tap.weight / gain[:, np.newaxis], shift
