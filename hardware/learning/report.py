"""What learning on a chip takes, as numbers with units in their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from polychrony.hardware.learning.memory import CoreMemory, both


@dataclass(frozen=True)
class PolicyCost:
    """Costs of learning with one way of changing weights, mean over samples.

    Args:
        accumulations_per_sample: visits to synapses that add to what they keep.
        weight_updates_per_sample: visits that change a weight.
        energy_learning_per_sample_j: J beside inference; None where the update of a synapse has no
            published energy.
        energy_by_event_j: its parts; None where an event that happens has no published energy.
        energy_excludes: those events.
        latency_learning_per_sample_s: time of the learning engine, the slowest core of each step;
            None where the update of a synapse has no published time.
        cores: memory of each core.
    """

    accumulations_per_sample: float
    weight_updates_per_sample: float
    energy_learning_per_sample_j: float | None
    energy_by_event_j: Mapping[str, float | None]
    energy_excludes: tuple[str, ...]
    latency_learning_per_sample_s: float | None
    cores: tuple[CoreMemory, ...]

    @property
    def fits(self) -> bool | None:
        """Whether learning fits every core; None where that is not known."""
        return both(*(core.fits for core in self.cores))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        cores = [
            {**asdict(c), "learning_bits": c.learning_bits, "fits": c.fits} for c in self.cores
        ]
        return {**asdict(self), "cores": cores, "fits": self.fits}


@dataclass(frozen=True)
class LearningReport:
    """What a rule would take on a chip beside inference.

    Args:
        rule: its name.
        n_samples: samples counted.
        counts_per_sample: events, mean over samples: see `account.EVENTS`.
        layers: the same for each population that learns; they sum to `counts_per_sample`.
        on_host: populations that learn on the host, and are not counted.
        policies: costs by the way in which weights change.
        assumptions: how it is counted.
    """

    rule: str
    n_samples: int
    counts_per_sample: Mapping[str, float]
    layers: Mapping[str, Mapping[str, float]]
    on_host: tuple[str, ...]
    policies: Mapping[str, PolicyCost]
    assumptions: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        held = {name: cost.to_dict() for name, cost in self.policies.items()}
        return {**asdict(self), "policies": held}
