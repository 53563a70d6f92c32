"""What inferences on a chip cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from polychrony.hardware.errors import UnknownQuantityError


@dataclass(frozen=True)
class CoreCost:
    """Energy of the events of one core.

    Args:
        core: its number, or None for the host from which inputs come.
        tile: tile in which it lies.
        population: population that runs on it; several are joined by +.
        neurons: neurons that run on it.
        energy_per_inference_J: J.
    """

    core: int | None
    tile: int
    population: str
    neurons: int
    energy_per_inference_J: float  # noqa: N815 - the unit is written as the SI writes it


@dataclass(frozen=True)
class CostReport:
    """Time, energy and events of an inference, mean over samples unless it says otherwise.

    Args:
        chip: name of the chip.
        profile: name of the costs used.
        noc: how the network on chip was treated: analytic, queueing or cycle.
        noc_messages: latency of messages, s, where they are simulated; None for `"analytic"`.
        n_samples: inferences counted.
        steps_per_inference: algorithmic steps.
        energy_per_inference_J: J, `"total"` and each component; the total is None where the energy
            of synapses or neurons is unknown.
        energy_per_step_J: J of each step; they sum to the total.
        energy_excludes: components whose energy nobody has published, left out of the total.
        energy_contains: components whose energy another one holds, with that one's name.
        latency_per_inference_s: s.
        latency_percentiles_s: s, over samples; `"100"` is the slowest.
        latency_excludes: what the latency leaves out.
        step_latency_mean_s: s.
        step_latency_max_s: s.
        steps_longer_than_dt: fraction of steps that take longer than the time they stand for.
        spikes_per_inference: spikes of each population.
        synaptic_ops_per_inference: synaptic operations.
        messages_per_inference: messages, one per spike and core reached.
        hops_east_west_per_inference: links to the east or west crossed.
        hops_north_south_per_inference: links to the north or south crossed.
        per_core: energy of each core, the host last; they sum to the total without static
            energy and barriers.
        mapping: resources in use.
        assumptions: what the sources of costs and chip leave open, and how it is read.
    """

    chip: str
    profile: str
    noc: str
    noc_messages: Mapping[str, Any] | None
    n_samples: int
    steps_per_inference: float
    energy_per_inference_J: Mapping[str, float | None]  # noqa: N815 - as above
    energy_per_step_J: tuple[float, ...]  # noqa: N815 - as above
    energy_excludes: tuple[str, ...]
    energy_contains: Mapping[str, str]
    latency_per_inference_s: float
    latency_percentiles_s: Mapping[str, float]
    latency_excludes: tuple[str, ...]
    step_latency_mean_s: float
    step_latency_max_s: float
    steps_longer_than_dt: float
    spikes_per_inference: Mapping[str, float]
    synaptic_ops_per_inference: float
    messages_per_inference: float
    hops_east_west_per_inference: float
    hops_north_south_per_inference: float
    per_core: tuple[CoreCost, ...]
    mapping: Mapping[str, Any]
    assumptions: tuple[str, ...]

    @property
    def steps_per_s(self) -> float:
        """Algorithmic steps per second of chip time."""
        return 1.0 / self.step_latency_mean_s

    @property
    def energy_J(self) -> float:  # noqa: N802 - as above
        """Energy per inference, J.

        Raises:
            UnknownQuantityError: the energy of synapses or neurons is unknown.
        """
        total = self.energy_per_inference_J["total"]
        if total is None:
            raise UnknownQuantityError(
                f"{self.chip}: profile {self.profile!r} leaves out the energy of "
                f"{', '.join(self.energy_excludes)}; a total would be no energy of the chip"
            )
        return total

    @property
    def per_population(self) -> dict[str, float]:
        """Energy of the cores of each population per inference, J; the host's under `"host"`."""
        energy: dict[str, float] = {}
        for core in self.per_core:
            energy[core.population] = energy.get(core.population, 0.0) + core.energy_per_inference_J
        return energy

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, with units in the keys."""
        return {
            **asdict(self),
            "steps_per_s": self.steps_per_s,
            "energy_per_population_J": self.per_population,
        }
