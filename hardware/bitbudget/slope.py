"""Energy of one bit operation: what a user says, or what a chip's synapse comes to."""

from __future__ import annotations

import math

from polychrony.hardware.bitbudget.formulas import bit_budget
from polychrony.hardware.bitbudget.widths import Widths
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.profile import Profile
from polychrony.hardware.quantity import Quantity

_NAME = "energy of a bit operation"


def given_slope(joules: float) -> Quantity:
    """The k that a user gives.

    Args:
        joules: J per bit operation, from 0.

    Raises:
        HardwareError: it is negative or not finite.
    """
    if not (math.isfinite(joules) and joules >= 0):
        raise HardwareError(f"{_NAME} is {joules} J, allowed are numbers from 0")
    return Quantity(joules, "J", "given by the user", "assumed", name=_NAME)


def derived_slope(profile: Profile, widths: Widths) -> Quantity | None:
    """The k of a chip: the energy of its synaptic operation over b_w * b_s.

    No chip publishes a k, and the energy of a synapse holds its memory and control too, so this is
    an upper bound; k * NS-ACE is then the energy of the synapses of the same profile again.

    Args:
        profile: costs of the chip.
        widths: bits of its weights and spikes.

    Returns:
        J per bit operation, derived; None where the energy of a synapse is not known.
    """
    energy = profile.synapse.energy
    if not energy.known:
        return None
    budget = bit_budget(widths.weight_bits, widths.spike_bits, 1)
    bits = f"({widths.weight_bits} x {widths.spike_bits} bits)"
    return Quantity(
        energy.require("J") / budget,
        "J",
        f"from profile {profile.name}: {energy.value} {energy.unit} per synaptic operation "
        f"/ {bits}; {energy.source}",
        "derived",
        energy.voltage,
        name=_NAME,
    )
