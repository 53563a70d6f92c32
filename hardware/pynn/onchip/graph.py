"""From populations and projections of PyNN to the network as hardware sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.chip import Chip
from polychrony.hardware.chips.loihi import NUMBERS
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.numbers import NumberFormat
from polychrony.hardware.pynn.cells import (
    IF_curr_delta,
    IF_curr_exp,
    as_floats,
)
from polychrony.hardware.pynn.engine.sources import Source
from polychrony.snn.graph import NetworkGraph, Population, Projection

FloatArray = npt.NDArray[np.float64]


def names_of(populations: Sequence[Any]) -> dict[Any, str]:
    """A name for each population: its label, with its number where labels repeat."""
    labels = [population.label for population in populations]
    return {
        population: label if labels.count(label) == 1 else f"{label}#{number}"
        for number, (population, label) in enumerate(zip(populations, labels, strict=True))
    }


def has_currents(chip: Chip) -> bool:
    """Whether neurons have a synaptic current with a decay of its own: those of Loihi's kind."""
    return isinstance(chip.numbers, NumberFormat) and chip.numbers.decay_bits == NUMBERS.decay_bits


def _check_cells(name: str, population: Any, chip: Chip) -> None:
    allowed = (IF_curr_delta, IF_curr_exp) if has_currents(chip) else (IF_curr_delta,)
    if not isinstance(population.celltype, allowed):
        raise HardwareError(
            f"population {name!r}: {type(population.celltype).__name__} is no neuron of "
            f"{chip.name}; use {' or '.join(model.__name__ for model in allowed)}"
        )
    p = as_floats(population.native)
    if (p["v_reset"] != p["v_rest"]).any():
        raise HardwareError(
            f"population {name!r}: v_reset is {p['v_reset'][0]} mV and v_rest {p['v_rest'][0]} mV; "
            "neurons of a chip reset to rest: set both alike"
        )
    if (p["v_thresh"] <= p["v_rest"]).any():
        raise HardwareError(
            f"population {name!r}: v_thresh is not above v_rest; neurons of a chip rest below it"
        )
    if population.core.currents:
        raise HardwareError(
            f"population {name!r}: current sources are not part of a chip; use i_offset or spikes"
        )


def _neurons(name: str, population: Any, chip: Chip, dt: float) -> Population:
    if isinstance(population.core, Source):
        return Population(name, population.size, "input")
    _check_cells(name, population, chip)
    p = as_floats(population.native)
    rise = -np.expm1(-dt / p["tau_m"]) * p["tau_m"] / p["cm"]  # mV per nA
    return Population(
        name,
        population.size,
        "lif",
        decay=np.exp(-dt / p["tau_m"]).astype(np.float32),
        v_threshold=((p["v_thresh"] - p["v_rest"]) * 1e-3).astype(np.float32),
        v_reset=0.0,
        bias=(rise * p["i_offset"] * 1e-3).astype(np.float32),
    )


def _weights(population: Any, weight: FloatArray, receptor: int, post: Any) -> FloatArray:
    """Weights in V; where a spike adds a current, that of the same charge at once."""
    if isinstance(population.celltype, IF_curr_delta):
        return weight * 1e-3
    p = as_floats(population.native)
    tau = p["tau_syn_I" if receptor else "tau_syn_E"]
    volts: FloatArray = weight * (tau / p["cm"])[post] * 1e-3
    return volts


def _synapses(projection: Any, names: dict[Any, str]) -> list[Projection]:
    """Synapses of a projection, apart for each pair of populations (it may join assemblies)."""
    synapses, found = projection.synapses, []
    for source, source_name in names.items():
        first = source.core.first
        sent = (synapses.pre >= first) & (synapses.pre < first + source.size)
        for target, target_name in names.items() if sent.any() else ():
            begin = target.core.first
            chosen = sent & (synapses.post >= begin) & (synapses.post < begin + target.size)
            if not chosen.any():
                continue
            post = synapses.post[chosen] - begin
            receptor = int(synapses.receptor[chosen][0])
            weight = _weights(target, synapses.weight[chosen], receptor, post)
            found.append(
                Projection(
                    source_name,
                    target_name,
                    pre=(synapses.pre[chosen] - first).astype(np.int32),
                    post=post.astype(np.int32),
                    weight=weight.astype(np.float32),
                    delay=synapses.delay[chosen].astype(np.int32),
                )
            )
    return found


def as_graph(
    populations: Sequence[Any], projections: Sequence[Any], chip: Chip, dt: float
) -> NetworkGraph:
    """The network as hardware sees it.

    Args:
        populations: all populations.
        projections: all projections.
        chip: the chip on which it is to be put.
        dt: step, ms.

    Returns:
        The network: inputs and LIF populations, weights in V, delays in steps.

    Raises:
        HardwareError: cells or synapses are of a kind that the chip does not have.
    """
    names = names_of(populations)
    neurons = [_neurons(name, population, chip, dt) for population, name in names.items()]
    if all(population.kind == "input" for population in neurons):
        raise HardwareError(f"there are no neurons to put on {chip.name}, only sources of spikes")
    for projection in projections:
        if projection.plastic:
            raise HardwareError(
                f"projection {projection.label!r}: the costs on {chip.name} of synapses whose "
                "strength changes are not modelled; use StaticSynapse"
            )
    joined = [part for projection in projections for part in _synapses(projection, names)]
    return NetworkGraph(tuple(neurons), tuple(joined), dt * 1e-3)
