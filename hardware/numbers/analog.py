"""Analog neurons with a few weights that a whole core shares: DYNAP-SE's arithmetic."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AnalogNumbers:
    """What an analog core can set.

    Args:
        synapse_types: types of synapses; all synapses of a type have one weight per core.
        excitatory_types: how many of them raise the potential; the others lower it.
        mismatch: coefficient of variation of weights, time constants and thresholds between
            circuits that are set alike.
    """

    synapse_types: int
    excitatory_types: int
    mismatch: float
