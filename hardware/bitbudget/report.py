"""Bits of a network's work and memory, per layer and in sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from polychrony.hardware.quantity import Quantity


@dataclass(frozen=True)
class LayerBudget:
    """One layer, mean over inferences.

    Args:
        name: its name.
        weight_bits: b_w.
        spike_bits: b_s of the spikes that it receives.
        steps: T.
        bit_budget: BB = T * b_w * b_s.
        macs: synapses n that a step computes if all source neurons fire.
        firing_rate: spikes of a source neuron in a step, fr.
        synaptic_events: sum over spikes of the synapses that they meet.
        s_ace: n * BB.
        ns_ace_rate: fr * n * BB.
        ns_ace: b_w * b_s * synaptic_events.
        weight_memory_bits: bits of the weights kept.
        delay_memory_bits: bits of the delays kept.
        delay_reads_bits: bits of delays that spikes meet.
    """

    name: str
    weight_bits: int
    spike_bits: int
    steps: float
    bit_budget: float
    macs: int
    firing_rate: float
    synaptic_events: float
    s_ace: float
    ns_ace_rate: float
    ns_ace: float
    weight_memory_bits: int
    delay_memory_bits: int
    delay_reads_bits: float


@dataclass(frozen=True)
class StateBits:
    """Neurons of one population.

    Args:
        population: its name.
        neurons: its size.
        state_bits: of the state of one.
        memory_bits: bits of all states.
        updates_bits: bits of states written in an inference, all in every step.
    """

    population: str
    neurons: int
    state_bits: int
    memory_bits: int
    updates_bits: float


@dataclass(frozen=True)
class BitReport:
    """Bits of a network's work and memory, mean over inferences.

    Bits of states and delays stand in lines of their own: neither S-ACE nor NS-ACE counts them.

    Args:
        layers: synapses, layer by layer.
        states: neurons, population by population.
        n_samples: inferences counted.
        slope: energy k of a bit operation, J, with where it is from; None if it is not known.
    """

    layers: tuple[LayerBudget, ...]
    states: tuple[StateBits, ...]
    n_samples: int
    slope: Quantity | None = None

    @property
    def totals(self) -> dict[str, float]:
        """Sums over layers and populations."""
        summed = (
            "macs",
            "synaptic_events",
            "s_ace",
            "ns_ace_rate",
            "ns_ace",
            "weight_memory_bits",
            "delay_memory_bits",
            "delay_reads_bits",
        )
        found = {name: sum(getattr(layer, name) for layer in self.layers) for name in summed}
        found["state_memory_bits"] = sum(state.memory_bits for state in self.states)
        found["state_updates_bits"] = sum(state.updates_bits for state in self.states)
        return found

    @property
    def energy(self) -> Mapping[str, Any] | None:
        """Energy k * S-ACE, where all synapses compute, and k * NS-ACE, J; None without k."""
        if self.slope is None:
            return None
        k, totals = self.slope.require("J"), self.totals
        return {
            "k_J": k,
            "k_evidence": self.slope.evidence,
            "k_source": self.slope.source,
            "k_times_s_ace_J": k * totals["s_ace"],
            "k_times_ns_ace_J": k * totals["ns_ace"],
        }

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, with units in the keys."""
        return {
            "layers": [asdict(layer) for layer in self.layers],
            "states": [asdict(state) for state in self.states],
            "n_samples": self.n_samples,
            "totals_per_inference": self.totals,
            "energy_k_times_ace": self.energy,
        }
