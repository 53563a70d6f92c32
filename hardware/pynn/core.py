"""What stands in the simulator for a population of PyNN."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pyNN.errors import InvalidModelError, InvalidParameterValueError

from polychrony.hardware.pynn import cells, simulator
from polychrony.hardware.pynn.engine import ArraySource, Cells, PoissonSource
from polychrony.hardware.pynn.engine.sources import Source


def check_type(celltype: Any) -> None:
    """Refuse a cell type that this simulator does not have.

    Raises:
        InvalidModelError: names those that it has.
    """
    owner = type(celltype).__name__
    if not isinstance(celltype, tuple(cells.STANDARD_CELLS.values())):
        raise InvalidModelError(
            f"{owner} of {type(celltype).__module__} is no cell type of this simulator; it has: "
            + ", ".join(cells.STANDARD_CELLS)
        )


def check(celltype: Any, parameters: cells.Parameters) -> None:
    """Refuse parameters that no simulation could use.

    Args:
        celltype: the cell type.
        parameters: its parameters, [N] each.

    Raises:
        InvalidParameterValueError: a parameter is out of its range.
    """
    owner = type(celltype).__name__
    for name in getattr(celltype, "positive", ()):
        if not (np.asarray(parameters[name], np.float64) > 0).all():
            raise InvalidParameterValueError(f"{owner}: {name} must be above 0")
    if isinstance(celltype, cells.SpikeSourceArray):
        for train in parameters["spike_times"]:
            times = np.asarray(train.value, np.float64)
            if (np.diff(times) < 0).any() or (times < 0).any():
                raise InvalidParameterValueError(
                    f"{owner}: spike_times must be in order and not negative"
                )
    if (
        isinstance(celltype, cells.SpikeSourcePoisson)
        and (np.asarray(parameters["rate"], np.float64) < 0).any()
    ):
        raise InvalidParameterValueError(f"{owner}: rate must not be negative")


def build(population: Any) -> Cells | Source:
    """Make room in the simulator for a population, and return what stands for it."""
    celltype, engine = population.celltype, simulator.state.engine
    first = engine.room_for(population.size)
    if isinstance(celltype, cells.SpikeSourceArray):
        engine.sources.append(ArraySource(population.size, first))
        return engine.sources[-1]
    if isinstance(celltype, cells.SpikeSourcePoisson):
        seed = (simulator.state.seed, first)
        engine.sources.append(PoissonSource(population.size, first, seed))
        return engine.sources[-1]

    def coefficients() -> npt.NDArray[np.float64]:
        table: npt.NDArray[np.float64] = celltype.coefficients(
            cells.as_floats(population.native), dt=simulator.state.dt
        )
        return table

    def initial() -> dict[int, npt.NDArray[np.float64]]:
        return {
            celltype.rows[name]: population.begins(name)
            for name in population.initial_values
            if name in celltype.rows
        }

    engine.cells.append(
        Cells(celltype.model, population.size, first, celltype.n_states, coefficients, initial)
    )
    return engine.cells[-1]


def update(population: Any) -> None:
    """Tell the simulator that parameters of a population have changed."""
    core, parameters = population.core, population.native
    check(population.celltype, parameters)
    state = simulator.state
    if isinstance(core, ArraySource):
        core.set_times([train.value for train in parameters["spike_times"]], state.dt)
    elif isinstance(core, PoissonSource):
        p = cells.as_floats(parameters)
        stop = p["start"] + p["duration"]
        core.set_rates(p["rate"], p["start"], stop, state.dt, state.engine.step)
    else:
        core.changed = True
        state.altered |= state.engine.begun
