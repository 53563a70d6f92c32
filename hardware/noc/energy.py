"""Energy of counted events."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from polychrony.hardware.noc.traffic import Work
from polychrony.hardware.profile import Profile

FloatArray = npt.NDArray[np.float64]

COUNTS: Mapping[str, str] = {
    "synapse": "synaptic_ops",
    "neuron_active": "active",
    "neuron_inactive": "inactive",
    "spike": "spikes",
    "hop_east_west": "hops_east_west",
    "hop_north_south": "hops_north_south",
    "within_tile": "within_tile",
    "axon_in": "messages_in",
    "axon_out": "messages_out",
}
"""Which count of `Work` each component of a profile is paid for."""


def energy_of(work: Work, profile: Profile) -> dict[str, FloatArray]:
    """Energy of the events of each component, by step, sample and core.

        E = sum over components of (number of events) * (energy of one event)

    A message is paid for by the core that sends it, or by the host, which comes last.

    Args:
        work: events of a run.
        profile: costs.

    Returns:
        J, [T, B, C] or [T, B, C + 1], of every component whose energy is known.
    """
    energies = {}
    for component, count in COUNTS.items():
        energy = profile.cost(component).energy
        if energy.known:
            energies[component] = getattr(work, count) * energy.require("J")
    return energies
