"""What a co-simulation runs: a trained run on its test samples, or a network of anybody's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polychrony.experiments.data import Samples, open_split
from polychrony.experiments.errors import UserError
from polychrony.experiments.models import graph_of
from polychrony.experiments.runs import open_run
from polychrony.experiments.spikes import (
    Grid,
    describe_spikes,
    labels_known,
    open_spikes,
    spike_file,
)
from polychrony.snn import NetworkGraph
from polychrony.snn.exchange.nir import from_nir

MOST_STEPS = 100_000
"""Steps of a sample without --steps; more are most likely times that are not in seconds."""


@dataclass(frozen=True, eq=False)
class Asked:
    """What to run, as the command line says it.

    Args:
        network: a run folder, or a NIR file.
        spikes: file of input spikes; None for the test samples of a run.
        samples: samples to run, from the first; 0 for all.
        root: folder of the data files, if they have moved since training.
        steps: steps of a sample of a NIR file; 0 ends with the last spike.
        dt: duration of a step, in the NIR file's unit of time; None for what the file says.
    """

    network: Path
    spikes: Path | None = None
    samples: int = 0
    root: Path | None = None
    steps: int = 0
    dt: float | None = None


@dataclass(frozen=True, eq=False)
class Subject:
    """A network and its samples.

    Args:
        graph: the network.
        data: the samples.
        count: samples to run, from the first.
        labelled: whether their classes are known.
        what: what they are, in a title.
        given: what a file of spikes gave, for JSON; None for test samples.
        duration: duration of a sample, s.
        named: `run`, `recipe` and `seed`, for JSON.
    """

    graph: NetworkGraph
    data: Samples
    count: int
    labelled: bool
    what: str
    given: dict[str, Any] | None
    duration: float
    named: dict[str, Any]


def open_subject(asked: Asked) -> Subject:
    """Open a network and its samples.

    Raises:
        DataError: the spikes are not what they must be.
        SnnError: the NIR file is damaged, or holds what has no counterpart.
        UserError: the run is missing or not finished, or options do not fit what is run.
    """
    if asked.samples < 0:
        raise UserError(f"--samples is {asked.samples}; it must be 0 for all samples, or above")
    if asked.spikes is not None and asked.root is not None:
        raise UserError("--root is the folder of the test samples; leave it out with --input")
    if asked.network.suffix.lower() == ".nir":
        return _of_nir(asked)
    if asked.steps or asked.dt is not None:
        raise UserError("--steps and --dt-ms are for NIR files; a run has its own")
    return _of_run(asked)


def _of_run(asked: Asked) -> Subject:
    run = open_run(asked.network, asked.root)
    graph = graph_of(run.load_network())
    config = run.config
    named = {"run": str(asked.network), "recipe": run.recipe, "seed": config.training.seed}
    grid = Grid(config.dt, config.n_steps, config.data.pool)
    if asked.spikes is not None:
        return _of_spikes(asked, asked.spikes, graph, grid, named)
    data = open_split(run.recipe, config, "test")
    count = min(asked.samples or len(data), len(data))
    duration = config.n_steps * config.dt
    return Subject(graph, data, count, True, "test samples", None, duration, named)


def _of_nir(asked: Asked) -> Subject:
    path, spikes = asked.network, asked.spikes
    if spikes is None:
        raise UserError(f"{path} brings no samples; name a file of spikes with --input")
    if asked.steps < 0:
        raise UserError(f"--steps is {asked.steps}; it must be 0, or the steps of a sample")
    graph = from_nir(path, asked.dt)
    if len(graph.inputs) != 1:
        raise UserError(f"{path} has {len(graph.inputs)} inputs; cosim runs networks with one")
    steps = asked.steps or _last_step(spikes, graph, asked.samples)
    named = {"run": str(path), "recipe": path.name, "seed": None}
    return _of_spikes(asked, spikes, graph, Grid(graph.dt, steps, 1), named)


def _of_spikes(
    asked: Asked, spikes: Path, graph: NetworkGraph, grid: Grid, named: dict[str, Any]
) -> Subject:
    data = open_spikes(spikes, grid, graph, asked.samples)
    given = describe_spikes(spikes, data)
    count = min(asked.samples or len(data), len(data))
    duration = grid.n_steps * grid.dt
    what = f"samples of {spikes}"
    return Subject(graph, data, count, labels_known(data), what, given, duration, named)


def _last_step(path: Path, graph: NetworkGraph, samples: int) -> int:
    """Steps up to the last spike of a file, that included."""
    source = spike_file(path, graph, samples)
    ends = [events.t[-1] for events in map(source.read, range(len(source))) if len(events)]
    steps = math.floor(max(ends, default=0.0) / graph.dt) + 1
    if steps > MOST_STEPS:
        raise UserError(
            f"{path}: the last spike comes at {max(ends):g} s, in step {steps:,} of "
            f"{graph.dt:g} s; give times in seconds, or the steps of a sample with --steps"
        )
    return steps
