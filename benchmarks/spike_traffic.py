"""Spikes of a network that is mapped onto a chip."""

from __future__ import annotations

import itertools

import numpy as np

from polychrony.hardware.chip import Chip
from polychrony.hardware.noc import Routes
from polychrony.hardware.prepare import Preparation
from polychrony.hardware.profile import Profile
from polychrony.snn.activity import Activity
from polychrony.snn.graph import NetworkGraph, Population, Projection

INPUTS, LAYER = 128, 512
SYNAPSES = 64  # of each neuron of the layer before
ACTIVITY = 0.05  # spikes per neuron and step
STEPS, SAMPLES = 100, 16


def spike_traffic(chip: Chip, quick: bool = False) -> tuple[Routes, Activity, Profile]:
    """A network of 1024 neurons in two layers with random spikes, placed on a chip.

    Args:
        chip: where it runs.
        quick: take few steps.
    """
    rng = np.random.default_rng(0)
    layers = (("in", INPUTS), ("first", LAYER), ("second", LAYER))
    graph = NetworkGraph(
        tuple(Population(name, n, "lif" if k else "input") for k, (name, n) in enumerate(layers)),
        tuple(_synapses(rng, *before, *after) for before, after in itertools.pairwise(layers)),
        dt=1e-3,
    )
    rates = {name: np.full(n, ACTIVITY * STEPS) for name, n in layers}
    mapping = Preparation(relays=True, fan_in="auto")(graph, chip, rates).mapping
    shape = (2, 1) if quick else (STEPS, SAMPLES)
    spikes = {
        each.name: (rng.random((*shape, each.size)) < ACTIVITY).astype(np.uint8)
        for each in mapping.graph.populations
    }
    return Routes(mapping), Activity(graph.dt, spikes), chip.profile()


def _synapses(
    rng: np.random.Generator, source: str, n_in: int, target: str, n_out: int
) -> Projection:
    weight = np.zeros((n_out, n_in))
    for neuron in range(n_in):
        weight[rng.choice(n_out, SYNAPSES, replace=False), neuron] = rng.normal(size=SYNAPSES)
    return Projection.from_dense(source, target, weight)
