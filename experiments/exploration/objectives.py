"""What an exploration measures of a configuration, and what it looks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from polychrony.experiments.errors import UserError
from polychrony.hardware import Chip, CosimResult, Profile, UnknownQuantityError
from polychrony.hardware.chip_file.node import perhaps

Direction = Literal["minimize", "maximize"]


@dataclass(frozen=True)
class Objective:
    """A number of a co-simulation.

    Args:
        name: as the command line spells it.
        unit: J, s, J s, bit, or empty for shares and counts.
        direction: which way is better.
        meaning: what it is, for people.
        read: takes it from a result; None where it is not known.
    """

    name: str
    unit: str
    direction: Direction
    meaning: str
    read: Callable[[CosimResult, Chip], float | None]

    @property
    def key(self) -> str:
        """Name with the unit, for files."""
        return "_".join([self.name.replace("-", "_"), *self.unit.split()])

    @property
    def sign(self) -> int:
        """1 if less is better, -1 if more is."""
        return 1 if self.direction == "minimize" else -1


def _energy(result: CosimResult, chip: Chip) -> float | None:
    return result.costs.energy_per_inference_J["total"]


def _latency(result: CosimResult, chip: Chip) -> float:
    return result.costs.latency_per_inference_s


def _energy_delay(result: CosimResult, chip: Chip) -> float | None:
    energy = _energy(result, chip)
    return None if energy is None else energy * _latency(result, chip)


def _memory(result: CosimResult, chip: Chip) -> float | None:
    bits = chip.synaptic_memory_bits
    return None if bits is None else float(bits * result.costs.mapping["cores"])


def _hops(result: CosimResult, chip: Chip) -> float:
    costs = result.costs
    return costs.hops_east_west_per_inference + costs.hops_north_south_per_inference


_ALL = (
    Objective("energy", "J", "minimize", "energy per inference", _energy),
    Objective("latency", "s", "minimize", "latency per inference", _latency),
    Objective(
        "slowest",
        "s",
        "minimize",
        "latency of the slowest inference",
        lambda result, chip: result.costs.latency_percentiles_s["100"],
    ),
    Objective("energy-delay", "J s", "minimize", "energy times latency", _energy_delay),
    Objective(
        "accuracy",
        "",
        "maximize",
        "share of samples that the chip gets right",
        lambda result, chip: result.accuracy_hardware,
    ),
    Objective(
        "agreement",
        "",
        "maximize",
        "share of samples for which chip and software decide alike",
        lambda result, chip: result.agreement,
    ),
    Objective(
        "cores",
        "",
        "minimize",
        "cores in use",
        lambda result, chip: float(result.costs.mapping["cores"]),
    ),
    Objective(
        "tiles",
        "",
        "minimize",
        "tiles in use",
        lambda result, chip: float(result.costs.mapping["tiles"]),
    ),
    Objective("memory", "bit", "minimize", "synaptic memory of the cores in use", _memory),
    Objective(
        "messages",
        "",
        "minimize",
        "messages per inference",
        lambda result, chip: result.costs.messages_per_inference,
    ),
    Objective("hops", "", "minimize", "links crossed per inference", _hops),
)
OBJECTIVES = {objective.name: objective for objective in _ALL}
SHARES = ("accuracy", "agreement")
"""Objectives that are shares of samples, 0 to 1."""


def choose(names: Sequence[str]) -> tuple[Objective, ...]:
    """Objectives by name.

    Raises:
        UserError: there is no such objective, or one is named twice.
    """
    for name in names:
        if name not in OBJECTIVES:
            raise UserError(f"--objective is {name!r}; {perhaps(name, OBJECTIVES)}")
        if names.count(name) > 1:
            raise UserError(f"--objective names {name} twice")
    return tuple(OBJECTIVES[name] for name in names)


def check_known(
    objectives: Iterable[Objective], profiles: Iterable[Profile], static: bool, limited: bool
) -> None:
    """Refuse, before long work, to look for what cannot be known.

    Args:
        objectives: what is looked for.
        profiles: every profile that may be used.
        static: whether static energy is added.
        limited: whether the memory of a core is known.

    Raises:
        UnknownQuantityError: no event has a known energy, static power is unknown, or a total would
            leave out too much.
        UserError: the memory of a core has no limit that could be counted.
    """
    names = {objective.name for objective in objectives}
    for profile in profiles:
        try:
            profile.require_any_energy()
            if static:
                profile.static_power.require("W")
            if names & {"energy", "energy-delay"}:
                profile.require_total()
        except UnknownQuantityError as error:
            raise UnknownQuantityError(f"{error}; choose another profile or chip") from error
    if "memory" in names and not limited:
        raise UserError(
            "--objective memory: the synaptic memory of this chip's cores has no known limit; "
            "leave it out, or vary synaptic-memory-bits"
        )


def measure(result: CosimResult, chip: Chip) -> dict[str, float]:
    """Every objective that a co-simulation knows, by name.

    Args:
        result: the co-simulation.
        chip: the chip on which it ran.
    """
    read = {objective.name: objective.read(result, chip) for objective in _ALL}
    return {name: float(value) for name, value in read.items() if value is not None}
