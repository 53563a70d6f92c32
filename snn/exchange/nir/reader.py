"""From NIR to the graph that hardware takes."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any, cast

from polychrony.snn.exchange.nir.circuit import Circuit, Wiring
from polychrony.snn.exchange.nir.draft import WRITER
from polychrony.snn.exchange.nir.errors import NirError, told_of
from polychrony.snn.exchange.nir.flat import NEURONS, flatten
from polychrony.snn.exchange.nir.hdf5 import LIMIT, read_tree
from polychrony.snn.exchange.nir.neurons import dynamics
from polychrony.snn.exchange.nir.objects import as_object, as_tree
from polychrony.snn.exchange.nir.soft import fused
from polychrony.snn.exchange.nir.times import Discretization
from polychrony.snn.exchange.nir.tree import Tree
from polychrony.snn.graph import NetworkGraph

Source = str | os.PathLike[str] | Any


def read_nir(path: str | os.PathLike[str], limit: int = LIMIT) -> Any:
    """Read a NIR file of anybody's into the objects of the package `nir`.

    Nothing in the file is run, no link in it is followed, and nothing is read before its declared
    size is known to stay within the limit.

    Args:
        path: the file.
        limit: bytes that its arrays may take together; 1 GiB by default.

    Returns:
        A `nir.NIRGraph`.

    Raises:
        NirError: the file is missing, damaged, too large, or no NIR; or the package is missing.
    """
    path = Path(path)
    tree = read_tree(path, limit)
    with told_of(str(path)):
        return as_object(tree)


def from_nir(
    source: Source,
    dt: float | None = None,
    discretization: Discretization | None = None,
    limit: int = LIMIT,
) -> NetworkGraph:
    """Graph of a NIR file, or of a `nir.NIRGraph`.

    Nodes of neurons become populations, each of its node's name: LIF and IF, LI and I as readouts,
    and Threshold as neurons without memory. What lies between them - Affine, Linear, Scale, Conv1d,
    Conv2d, SumPool2d, AvgPool2d, Flatten, Delay - is multiplied out into synapses with weights and
    integer delays. An LI with a Threshold whose spikes take it off again becomes neurons with soft
    reset. What reaches an Output otherwise than straight from neurons becomes a readout with
    decay 0, by the Output's name. Neurons start at `v_leak`.

    One Euler step, v += dt / tau * (v_leak - v + r I), makes decay = 1 - dt / tau and multiplies
    weights by r * dt / tau; `"exact"` makes decay = exp(-dt / tau) and the factor r * (1 - decay).
    NIR fires at v > v_threshold, which for float32 is v >= the next number above.

    Where nodes form a loop, spikes act one step after what their delay says; see
    `polychrony.snn.exchange.nir.feedback`.

    Args:
        source: path of a file, or a `nir.NIRGraph`.
        dt: duration of a step, in the unit of the file's time constants (s); what the file's
            metadata say without it.
        discretization: `"euler"` or `"exact"`; what the file's metadata say without it, or else
            `"euler"`, as most readers do.
        limit: bytes that the file's arrays, and then the synapses, may take; 1 GiB by default.

    Returns:
        The graph.

    Raises:
        NirError: the file is damaged or too large, says what has no counterpart, or not what dt is.
    """
    with told_of(label_of(source)):
        circuit = circuit_of(source, dt, discretization, limit)
        for cells in circuit.cells:
            if cells.decay_syn is not None:
                raise NirError(
                    f"node {cells.population.name!r} has a synaptic current (CubaLIF or CubaLI), "
                    "which graphs for hardware do not have; network_from_nir runs it in torch"
                )
        populations = tuple(cells.population for cells in circuit.cells)
        return NetworkGraph(populations, circuit.projections, circuit.dt)


def label_of(source: Source) -> str:
    """What errors call a file or graph."""
    return str(source) if isinstance(source, str | os.PathLike) else "the NIR graph"


def circuit_of(
    source: Source, dt: float | None, discretization: Discretization | None, limit: int
) -> Circuit:
    """Populations and synapses of a file or graph; see `from_nir`.

    Raises:
        NirError: as `from_nir` says; files are not named in it.
    """
    if isinstance(source, str | os.PathLike):
        tree = read_tree(Path(source), limit)
    else:
        tree = as_tree(source)
    unit, step_s, how = _times(tree, dt, discretization)
    graph, neurons = fused(flatten(tree), unit, how)
    for name, node in graph.nodes.items():
        if node.kind in NEURONS and name not in neurons:
            neurons[name] = dynamics(node, unit, how)
    writer = tree.metadata.get("writer")
    marked = isinstance(writer, str) and writer == WRITER
    wiring = Wiring(graph, neurons, unit, limit, marked)
    return wiring.circuit(step_s)


def _times(
    tree: Tree, dt: float | None, how: Discretization | None
) -> tuple[float, float, Discretization]:
    """Duration of a step in the file's unit, the same in seconds, and the discretisation."""
    said = tree.metadata.get("discretization")
    chosen = how or (said if isinstance(said, str) else "euler")
    if chosen not in ("euler", "exact"):
        raise NirError(f"discretization is {chosen[:20]!r}; use 'euler' or 'exact'")
    unit = _number(tree, "dt") if dt is None else float(dt)
    if unit is None:
        raise NirError(
            "does not say how long a step is; give dt in the unit of its time constants (1e-4 s "
            "is what snntorch and spikingjelly assume, 1e-3 s norse)"
        )
    if not (math.isfinite(unit) and unit > 0):
        raise NirError(f"dt is {unit}; it must be above 0")
    step_s = _number(tree, "step_s") if dt is None else None
    step_s = unit if step_s is None else step_s
    if not (math.isfinite(step_s) and step_s > 0):
        raise NirError(f"step_s is {step_s}; it must be above 0")
    return unit, step_s, cast(Discretization, chosen)


def _number(tree: Tree, key: str) -> float | None:
    value = tree.metadata.get(key)
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError) as error:
        raise NirError(f"metadata {key} is no number") from error
