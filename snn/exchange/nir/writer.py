"""From the graph that hardware takes to NIR."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from polychrony.snn.exchange.nir.draft import Array, Draft
from polychrony.snn.exchange.nir.errors import NirError
from polychrony.snn.exchange.nir.hdf5 import LIMIT
from polychrony.snn.exchange.nir.library import library
from polychrony.snn.exchange.nir.objects import as_object
from polychrony.snn.exchange.nir.taps import taps
from polychrony.snn.exchange.nir.targets import Reader, target_for
from polychrony.snn.exchange.nir.times import Discretization
from polychrony.snn.exchange.nir.tree import Tree
from polychrony.snn.export import Exportable, to_graph
from polychrony.snn.graph import NetworkGraph, Population, Projection
from polychrony.snn.network import SpikingNetwork


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
    unit, readouts = graph.dt if dt is None else dt, True
    if reader is not None:
        target = target_for(reader, graph)
        unit, readouts = target.dt or unit, False
        discretization, gain_in_weights = target.discretization, target.gain_in_weights
    draft = Draft(unit, discretization, gain_in_weights, limit)
    return as_object(_Writer(graph, draft, readouts).tree())


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
    except (OSError, TypeError, RuntimeError) as error:  # the last from a full disk, on closing
        raise NirError(f"{target} cannot be written: {_reason(error)}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    """Why a file cannot be written; HDF5 hides the system's reason within its own words."""
    said = re.search(r"error message = '([^']*)'", str(error))
    return said[1] if said else str(getattr(error, "strerror", None) or error)


class _Writer:
    """A graph on its way to NIR.

    Args:
        graph: the network.
        draft: where nodes are put.
        readouts: whether readouts are written, or only what comes into them.
    """

    def __init__(self, graph: NetworkGraph, draft: Draft, readouts: bool) -> None:
        self._graph, self._draft, self._readouts = graph, draft, readouts
        self._names = {population.name: draft.free(population.name) for population in graph}
        self._sends: dict[str, str] = {}
        self._place = {population.name: k for k, population in enumerate(graph.order())}

    def tree(self) -> Tree:
        graph = self._graph
        if not graph.inputs:
            raise NirError("the network has no input population, through which spikes could come")
        for population in graph:
            self._sends[population.name] = self._population(population)
        for population in graph.order():
            if population.kind != "input":
                self._incoming(population)
        for population in graph.outputs:
            if population.kind == "lif" or (population.kind == "li" and self._readouts):
                shape = np.array([population.size])
                label = f"{self._names[population.name]}_out"
                name = self._draft.add(label, "Output", shape=shape)
                self._draft.edges.append((self._sends[population.name], name))
        return self._draft.tree(graph.dt)

    def _population(self, population: Population) -> str:
        """Nodes of the neurons themselves; the name of that which sends their spikes."""
        if population.resolution is not None:
            raise NirError(
                f"{population.name!r} counts in whole numbers, which NIR does not have; export the "
                "network before it is quantized"
            )
        name = self._names[population.name]
        said: dict[str, Any] = {} if name == population.name else {"name": population.name}
        if population.kind == "input":
            self._draft.put(name, "Input", said, shape=np.array([population.size]))
            return name
        if population.kind == "li" and not self._readouts:
            said["readout_decay"] = population.decay
            self._draft.put(name, "Output", said, shape=np.array([population.size]))
            return name
        if population.kind == "li":
            self._draft.integrators(name, said, population.decay)
            return name
        values = population.decay, population.v_threshold, population.v_reset
        return self._draft.neurons(name, said, *values)

    def _incoming(self, population: Population) -> None:
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
            if self._write(index, projection, later, used):
                bias = None

    def _later(self, projection: Projection) -> int:
        """1 where a projection closes a loop."""
        component = next(c for c in self._graph.components if projection.target in c.names)
        inside = projection.source in component.names
        backward = self._place[projection.source] >= self._place[projection.target]
        return int(inside and backward and projection.n_synapses > 0)

    def _write(self, index: int, projection: Projection, later: int, bias: Array | None) -> bool:
        """Nodes of a projection; whether one of them took the bias."""
        source, target = self._graph[projection.source], self._graph[projection.target]
        draft = self._draft
        made = taps(projection, source.size, target.size, later, draft.weights_left)
        sender, end = self._sends[source.name], self._names[target.name]
        label = f"{self._names[source.name]}_to_{end}"
        said = {"projection": index, **({"feedback": 1} if later else {})}
        for k, tap in enumerate(made):
            draft.pay(tap.weight.size, label)
            shift = bias if k == 0 else None
            name = draft.layer(tap, sender, label, self._gain(target), shift, said)
            draft.edges.append((name, end))
        return bool(made) and bias is not None

    def _gain(self, target: Population) -> Array | None:
        integrates = target.kind == "lif" or self._readouts
        return (
            self._draft.rest(target.decay) if self._draft.gain_in_weights and integrates else None
        )
