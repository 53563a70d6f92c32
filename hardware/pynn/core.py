"""What stands in the simulator for a population of PyNN."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from pyNN.errors import InvalidModelError, InvalidParameterValueError

from polychrony.hardware.pynn import cells, simulator
from polychrony.hardware.pynn.engine import ArraySource, Cells, PoissonSource, RenewalSource
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
    if isinstance(celltype, cells.SpikeSourcePoissonRefractory):
        rate, dead = (np.asarray(parameters[name], np.float64) for name in ("rate", "tau_refrac"))
        if (dead < 0).any() or (dead * rate >= 1e3).any():
            raise InvalidParameterValueError(
                f"{owner}: tau_refrac must not be negative and must be shorter than 1/rate"
            )


def build(population: Any) -> Cells | Source:
    """Make room in the simulator for a population, and return what stands for it."""
    celltype, engine = population.celltype, simulator.state.engine
    first = engine.room_for(population.size)
    if isinstance(celltype, cells.SpikeSourceArray):
        engine.sources.append(ArraySource(population.size, first))
        return engine.sources[-1]
    if not hasattr(celltype, "model"):
        kind = PoissonSource if isinstance(celltype, cells.SpikeSourcePoisson) else RenewalSource
        engine.sources.append(kind(population.size, first, (simulator.state.seed, first)))
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
    elif isinstance(core, PoissonSource | RenewalSource):
        p = cells.as_floats(parameters)
        when = (p["start"], p["start"] + p["duration"], state.dt, state.engine.step)
        if isinstance(core, PoissonSource):
            core.set_rates(p["rate"], *when)
        else:
            core.set_process(partial(population.celltype.intervals, p), *when)
    else:
        core.changed = True
        state.altered |= state.engine.begun
