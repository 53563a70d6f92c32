"""Setting up, running and ending a simulation."""

from __future__ import annotations

from typing import Any

from pyNN import common
from pyNN.common.control import DEFAULT_MAX_DELAY, DEFAULT_MIN_DELAY, DEFAULT_TIMESTEP
from pyNN.recording import get_io

from polychrony.hardware.chip import Chip
from polychrony.hardware.chips import get_chip
from polychrony.hardware.noc.modes import check_mode
from polychrony.hardware.prepare import Preparation
from polychrony.hardware.pynn import cells, simulator
from polychrony.hardware.pynn.onchip import Account, ChipReport

_PREPARATION = ("relays", "fan_in", "mismatch", "place", "seed")


def _account(chip: str | Chip, profile: str | None, extra: dict[str, Any]) -> Account:
    target = get_chip(chip) if isinstance(chip, str) else chip
    target.profile(profile).require_any_energy()
    noc = extra.get("noc", "analytic")
    check_mode(noc)
    preparation = Preparation(**{name: extra[name] for name in _PREPARATION if name in extra})
    return Account(target, profile, noc, extra.get("static", False), preparation)


def setup(
    timestep: float = DEFAULT_TIMESTEP,
    min_delay: Any = DEFAULT_MIN_DELAY,
    *,
    max_delay: Any = DEFAULT_MAX_DELAY,
    chip: str | Chip | None = None,
    profile: str | None = None,
    rng_seed: int = 0,
    **extra_params: Any,
) -> int:
    """Begin a new network; the one before is forgotten.

    Args:
        timestep: step of the simulation, ms.
        min_delay: shortest delay allowed, ms; `"auto"` is one step.
        max_delay: longest delay allowed, ms; `"auto"` is no limit.
        chip: a chip or its name, on which the network is to be put; None for software only.
        profile: name of the chip's costs; its default without one.
        rng_seed: seed of Poisson sources and noise.
        extra_params: with a chip: `noc` and `static`, see `Account`, and `relays`, `fan_in`,
            `mismatch`, `place` and `seed`, see `Preparation`. What other simulators need is
            ignored, as PyNN asks.

    Returns:
        0, the rank of the only process.

    Raises:
        ValueError: the step is no positive time.
        HardwareError: there is no such chip, profile or way to treat its network.
    """
    if not timestep > 0:
        raise ValueError(f"timestep is {timestep} ms; it must be above 0")
    common.setup(timestep, min_delay, max_delay=max_delay, **extra_params)
    account = None if chip is None else _account(chip, profile, extra_params)
    simulator.state.clear(timestep, min_delay, max_delay)
    simulator.state.seed, simulator.state.account = rng_seed, account
    return 0


def report() -> ChipReport:
    """What the runs so far cost on the chip, and how it differs from the simulation.

    Returns:
        Costs per trial (a run from time 0), and a comparison where the chip's neurons are those
        of the simulation.

    Raises:
        HardwareError: `setup` names no chip, nothing has run, or the network does not fit.
    """
    return simulator.state.report()


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
