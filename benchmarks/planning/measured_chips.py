"""A co-simulation stage by stage, each number of chips in a fresh process."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.fresh import told
from benchmarks.planning.local_graph import INPUTS, local_graph
from benchmarks.resident import resident, start_of_peak
from polychrony.hardware import Chip, Ledger, Preparation, Routes, get_chip, run_on_chip
from polychrony.hardware.mapping.mapping import placement_problem
from polychrony.hardware.mapping.placement import place
from polychrony.hardware.mapping.slices import CoreSlice
from polychrony.hardware.mesh import Mesh
from polychrony.snn.graph import NetworkGraph
from polychrony.snn.simulate import simulate

STEPS = 40
ACTIVITY = 0.05
SPARE = 2
"""Cores of a chip that stay free, for the readout."""
MODES = ("analytic", "queueing", "cycle")


def chips_of_loihi(side: int, neurons_per_core: int) -> Chip:
    """A square of Loihi chips, `side` to a side, with so many neurons in each core.

    The time of a barrier is published for up to 32 tiles, a single chip; here it is left out.
    """
    loihi = get_chip("loihi")
    profile = replace(loihi.profile(), barrier=None)
    mesh = Mesh(side, side)
    return replace(loihi, chips=mesh, neurons_per_core=neurons_per_core, profiles=(profile,))


def measured(side: int, neurons_per_core: int) -> dict[str, Any]:
    """Counts, CPU time of every stage and peak of resident memory, one sample of `STEPS` steps."""
    chip = chips_of_loihi(side, neurons_per_core)
    stages(local_graph(1, 64), chip)  # compiles what is missing
    cores = chip.mesh.n_tiles * chip.cores_per_tile - SPARE
    before = start_of_peak()
    found = stages(local_graph(side**2, cores * neurons_per_core), chip)
    return {"chips": side**2, **found, "bytes": resident("VmHWM") - before}


def stages(graph: NetworkGraph, chip: Chip) -> dict[str, Any]:
    """Run a network in software and on chips, and account for it in every mode."""
    seconds: dict[str, float] = {}

    def placed(graph: NetworkGraph, slices: Sequence[CoreSlice], chip: Chip) -> Any:
        with _timed(seconds, "place"):
            return place(placement_problem(graph, chip, slices), "annealing", seed=0).tile

    with _timed(seconds, "prepare"):
        prepared = Preparation(place=placed)(graph, chip)
    x = (np.random.default_rng(1).random((STEPS, 1, INPUTS)) < ACTIVITY).astype(np.uint8)
    with _timed(seconds, "software"):
        simulate(graph, x)
    with _timed(seconds, "chip"):
        activity = run_on_chip(prepared.quantized, {"in": x})
    routes = Routes(prepared.mapping)
    for mode in MODES:
        ledger = Ledger(routes, chip.profile(), noc=mode)
        with _timed(seconds, mode):
            ledger.record(activity)
    costs = ledger.report()
    seconds["prepare"] -= seconds["place"]
    return {
        "neurons": sum(population.size for population in graph),
        "synapses": sum(projection.n_synapses for projection in graph.projections),
        "cores": prepared.mapping.n_cores,
        "steps": STEPS,
        "spikes": sum(int(spikes.sum()) for spikes in activity.spikes.values()),
        "events": int(costs.synaptic_ops_per_inference),
        "messages": int(costs.messages_per_inference),
        "hops": int(costs.hops_east_west_per_inference + costs.hops_north_south_per_inference),
        "seconds": seconds,
    }


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    started = time.process_time()
    yield
    seconds[name] = time.process_time() - started


def in_fresh_process(side: int, neurons_per_core: int) -> dict[str, Any]:
    """The same, in a process of its own.

    Raises:
        UserError: it failed.
    """
    command = ["-m", "benchmarks.planning.measured_chips"]
    command += [str(side), str(neurons_per_core)]
    return told(command)


if __name__ == "__main__":
    print(json.dumps(measured(*map(int, sys.argv[1:]))))
