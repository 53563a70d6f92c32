"""Setting up, running and ending a simulation."""

from __future__ import annotations

from typing import Any

from pyNN import common
from pyNN.common.control import DEFAULT_MAX_DELAY, DEFAULT_MIN_DELAY, DEFAULT_TIMESTEP
from pyNN.recording import get_io

from polychrony.hardware.pynn import cells, simulator


def setup(
    timestep: float = DEFAULT_TIMESTEP, min_delay: Any = DEFAULT_MIN_DELAY, **extra_params: Any
) -> int:
    """Begin a new network; the one before is forgotten.

    Args:
        timestep: step of the simulation, ms.
        min_delay: shortest delay allowed, ms; `"auto"` is one step.
        extra_params: `max_delay`, longest delay allowed, ms, or `"auto"` for no limit; `rng_seed`,
            seed of Poisson sources and noise; what other simulators need is ignored, as PyNN asks.

    Returns:
        0, the rank of the only process.

    Raises:
        ValueError: the step is no positive time.
    """
    if not timestep > 0:
        raise ValueError(f"timestep is {timestep} ms; it must be above 0")
    common.setup(timestep, min_delay, **extra_params)
    simulator.state.clear(timestep, min_delay, extra_params.get("max_delay", DEFAULT_MAX_DELAY))
    simulator.state.seed = extra_params.get("rng_seed", 0)
    return 0


def end(compatible_output: bool = True) -> None:
    """Write what `record` was given files for."""
    for population, variables, filename in simulator.state.write_on_end:
        population.write_data(get_io(filename), variables)
    simulator.state.write_on_end = []


def list_standard_models() -> list[str]:
    """Names of the cell types that can be used here."""
    return list(cells.STANDARD_CELLS)


run, run_until = common.build_run(simulator)
run_for = run
reset = common.build_reset(simulator)
initialize = common.initialize

(get_current_time, get_time_step, get_min_delay, get_max_delay, num_processes, rank) = (
    common.build_state_queries(simulator)
)
