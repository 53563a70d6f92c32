"""NeuroBench's metrics of a network and its runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.neurobench.static import Static


@dataclass
class Counted:
    """Running totals of a network's work.

    Args:
        macs: operations of synapses with values.
        acs: operations of synapses with spikes.
        dense: operations if neither weights nor inputs were 0.
        active: outputs of activations other than 0.
        outputs: outputs of activations.
        membrane_updates: potentials that changed.
        n_samples: samples.
    """

    macs: int = 0
    acs: int = 0
    dense: int = 0
    active: int = 0
    outputs: int = 0
    membrane_updates: int = 0
    n_samples: int = 0

    def report(self, static: Static) -> NeuroBenchReport:
        """What NeuroBench tells of it.

        Raises:
            HardwareError: nothing has been recorded.
        """
        n = self.n_samples
        if not n:
            raise HardwareError("no metrics to report: nothing has been recorded")
        return NeuroBenchReport(
            static,
            activation_sparsity=(self.outputs - self.active) / max(self.outputs, 1),
            effective_macs=self.macs / n,
            effective_acs=self.acs / n,
            dense=self.dense / n,
            membrane_updates=self.membrane_updates / n,
            n_samples=n,
        )


@dataclass(frozen=True)
class NeuroBenchReport:
    """Metrics of NeuroBench; those of work are means over samples.

    Args:
        static: of the network alone.
        activation_sparsity: share of zeros in the outputs of activations, over all steps.
        effective_macs: operations of synapses, weight and input other than 0, with inputs beyond
            -1, 0 and 1.
        effective_acs: the same with inputs of -1, 0 and 1 alone.
        dense: operations of synapses if neither weights nor inputs were 0.
        membrane_updates: potentials that changed, those of the first step all.
        n_samples: samples.

    Reference:
        Yik et al., "The neurobench framework for benchmarking neuromorphic computing algorithms and
        systems", Nature Communications 16 (2025), arXiv:2304.04640; definitions as the package
        neurobench 2.3.0 computes them.
    """

    static: Static
    activation_sparsity: float
    effective_macs: float
    effective_acs: float
    dense: float
    membrane_updates: float
    n_samples: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values under NeuroBench's keys; `Footprint` is in bytes."""
        return {
            **self.static.to_dict(),
            "ActivationSparsity": self.activation_sparsity,
            "SynapticOperations": {
                "Effective_MACs": self.effective_macs,
                "Effective_ACs": self.effective_acs,
                "Dense": self.dense,
            },
            "MembraneUpdates": self.membrane_updates,
        }
