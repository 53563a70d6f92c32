"""Shared by all tests: fixed seeds, and the recorded data where it lies beside the checkout."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from polychrony.snn import GraphError, NetworkGraph, Population, Projection

BESIDE = Path(__file__).parents[2] / "shared" / "data"
RECORDED = Path(os.environ.get("POLYCHRONY_RECORDED", BESIDE))


@pytest.fixture(autouse=True)
def _seed() -> None:
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - libraries under test may draw from the global state
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def recorded_data() -> Path:
    """Folder of the recorded data sets, or a skip that says why."""
    if not (RECORDED / "unpack.py").is_file():
        pytest.skip(f"no recorded data at {RECORDED} (set POLYCHRONY_RECORDED)")
    return RECORDED


def _write_heidelberg(
    path: Path,
    recordings: Sequence[tuple[Sequence[float], Sequence[int]]],
    labels: Sequence[int],
    speakers: Sequence[int],
    keys: Sequence[str] = ("zero", "one", "null"),
) -> Path:
    """A file in the layout in which SHD and SSC are published."""
    count = len(recordings)
    with h5py.File(path, "w") as file:
        times = file.create_dataset("spikes/times", (count,), dtype=h5py.vlen_dtype(np.float16))
        units = file.create_dataset("spikes/units", (count,), dtype=h5py.vlen_dtype(np.uint16))
        for row, (t, u) in enumerate(recordings):
            times[row] = np.asarray(t, np.float16)
            units[row] = np.asarray(u, np.uint16)
        file["labels"] = np.asarray(labels, np.uint16)
        file["extra/speaker"] = np.asarray(speakers, np.uint16)
        file["extra/keys"] = np.asarray(keys, "S10")
    return path


@pytest.fixture(scope="session")
def heidelberg_writer() -> Callable[..., Path]:
    return _write_heidelberg


def _recurrent_graph(seed: int) -> NetworkGraph:
    """Populations with loops, whose numbers every chip holds exactly; some loops have delay 0."""
    rng = np.random.default_rng(seed)
    names = ["a", "b", "c", "d"][: rng.integers(1, 5)]
    sizes = {"in": 3, "out": 2} | {name: int(rng.integers(1, 5)) for name in names}
    populations = [Population("in", 3, "input"), Population("out", 2, "li", decay=1.0)]
    for name in names:
        decay = rng.integers(0, 2, sizes[name])
        populations.append(Population(name, sizes[name], "lif", decay=decay, v_threshold=1.5))
    pairs = [(rng.choice(["in", *names]), rng.choice(names)) for _ in range(7)]
    projections = []
    for source, target in [("in", names[0]), *pairs, (names[-1], "out")]:
        shape = (sizes[target], sizes[source])
        least = rng.integers(0, 4)
        there = rng.random(shape) < rng.choice([0.0, 0.7])
        weight = rng.choice([-0.5, -0.25, 0.5, 127 / 64], shape, p=[0.3, 0.2, 0.3, 0.2]) * there
        delay = rng.integers(least, least + 1 + rng.integers(0, 4), shape)
        projections.append(Projection.from_dense(source, target, weight, delay))
    for name in ["out", *names]:  # signs and the largest weight of all set the units of a chip
        weight = np.tile([127 / 64, -0.25, 0.5], (sizes[name], 1))
        projections.append(Projection.from_dense("in", name, weight))
    return NetworkGraph(tuple(rng.permutation(populations)), tuple(projections), 1e-3)


def _some_recurrent_graph(seed: int) -> NetworkGraph:
    """The first of the random graphs from a seed on that has no loop without delay."""
    while True:
        try:
            return _recurrent_graph(seed)
        except GraphError:
            seed += 2**32


@pytest.fixture(scope="session")
def recurrent_graph() -> Callable[[int], NetworkGraph]:
    """Random graphs, most with loops, in numbers that chips hold exactly."""
    return _some_recurrent_graph


def _step_by_step(graph: NetworkGraph, counts: np.ndarray) -> dict[str, np.ndarray]:
    """Spikes of every neuron and potentials of readouts, each from its causes, in Python floats."""
    n_steps, n_samples, _ = counts.shape
    found = {p.name: np.zeros((n_steps, n_samples, p.size)) for p in graph}
    found[graph.inputs[0].name] += counts
    v = {p.name: np.zeros((n_samples, p.size)) for p in graph}
    for t in range(n_steps):
        ran = {population.name for population in graph.inputs}
        while len(ran) < len(graph.populations):
            for p in graph:
                now = {q.source for q in graph.incoming(p.name) if (q.delay == 0).any()}
                if p.name in ran or not now <= ran:
                    continue
                h = v[p.name] * p.decay + p.bias
                for q in graph.incoming(p.name):
                    for i, j, w, d in zip(q.pre, q.post, q.weight, q.delay, strict=True):
                        if d <= t:
                            h[:, j] += w * found[q.source][t - d, :, i]
                fired = (h >= p.v_threshold) & (p.kind == "lif")
                found[p.name][t] = h if p.kind == "li" else fired
                v[p.name] = np.where(fired, p.v_reset, h)
                ran.add(p.name)
    return found


@pytest.fixture(scope="session")
def step_by_step() -> Callable[[NetworkGraph, np.ndarray], dict[str, np.ndarray]]:
    """Runs a graph with one input and hard resets, one step and one synapse at a time."""
    return _step_by_step
