"""Whether the neurons of a graph do what those of the simulation did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from polychrony.hardware.pynn.cells import IF_curr_delta, as_floats
from polychrony.hardware.pynn.engine import Cells
from polychrony.hardware.pynn.engine.coefficients import steps
from polychrony.hardware.pynn.onchip.graph import names_of
from polychrony.hardware.pynn.onchip.trial import Trial


def _of_cells(name: str, population: Any, dt: float, at_zero: bool) -> Iterator[str]:
    p = as_floats(population.native)
    if not isinstance(population.celltype, IF_curr_delta):
        yield f"{name}: {type(population.celltype).__name__} has synaptic currents"
    if steps(p["tau_refrac"], dt).any():
        yield f"{name}: tau_refrac is {p['tau_refrac'][0]} ms and not 0"
    if (population.begins("v") != p["v_rest"]).any():
        yield f"{name}: v does not begin at v_rest"
    if at_zero and p["i_offset"].any():
        yield f"{name}: i_offset is not 0, and a source spikes at time 0"


def departures(state: Any, trials: Sequence[Trial]) -> tuple[str, ...]:
    """Why a run of the graph would not be that of the simulation; nothing if it is.

    Args:
        state: state of the simulation.
        trials: what happened in each trial.
    """
    at_zero = any(trial.first == 0 for trial in trials)
    found: list[str] = []
    for population, name in names_of(state.populations).items():
        if isinstance(population.core, Cells):
            found += _of_cells(name, population, state.dt, at_zero)
    if state.altered:
        found.append("parameters were changed while it ran")
    return tuple(found)
