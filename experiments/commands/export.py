"""`polychrony export`: a trained network as a NIR file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console

from polychrony.experiments.errors import UserError
from polychrony.experiments.files import check_writable
from polychrony.experiments.models import graph_of
from polychrony.experiments.runs import open_run
from polychrony.experiments.tables import listing
from polychrony.snn.exchange.nir import Discretization, Reader, to_nir, write_nir


def export_run(
    folder: Path,
    path: Path,
    reader: Reader | None,
    discretization: Discretization,
    limit: int,
    console: Console,
) -> dict[str, Any]:
    """Write the network of a run, with integer delays and folded normalisation.

    Args:
        folder: the run folder.
        path: the file to make or replace.
        reader: library that is to read it, see `to_nir`.
        discretization: how readers make factors of time constants.
        limit: bytes that the weights may take.
        console: where the result goes.

    Returns:
        What the file holds, for programs.

    Raises:
        UserError: the run is missing or not finished, or the file has another suffix.
        SnnError: the network has parts that NIR or the reader does not have, or the package `nir`
            is missing.
    """
    if path.suffix.lower() != ".nir":
        raise UserError(f"{path} does not end in .nir; networks are written as NIR files")
    check_writable(path)
    graph = graph_of(open_run(folder).load_network())
    written = to_nir(graph, discretization=discretization, reader=reader, limit=limit)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_nir(written, path)
    nodes = Counter(type(node).__name__ for node in written.nodes.values())
    rows = {
        "from": str(folder),
        "for": reader or "any reader",
        "nodes": ", ".join(f"{count} {kind}" for kind, count in sorted(nodes.items())),
        "step": f"{written.metadata['dt']:g} in its unit of time, {graph.dt:g} s",
        "discretization": str(written.metadata["discretization"]),
        "synapses": f"{graph.n_synapses:,}, delays up to "
        f"{max((p.max_delay for p in graph.projections), default=0)} steps",
        "size": f"{path.stat().st_size:,} bytes",
    }
    console.print(listing(str(path), rows))
    return {
        "run": str(folder),
        "file": str(path),
        "reader": reader,
        "nodes": dict(nodes),
        "dt": written.metadata["dt"],
        "step_s": graph.dt,
        "discretization": written.metadata["discretization"],
        "synapses": graph.n_synapses,
        "bytes": path.stat().st_size,
    }
