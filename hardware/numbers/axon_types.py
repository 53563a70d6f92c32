"""Binary synapses whose weight depends on the type of their axon: TrueNorth's arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

from polychrony.hardware.ranges import check_whole


@dataclass(frozen=True)
class AxonTypeNumbers:
    """Widths of the integers of a core with a binary crossbar.

    A synapse is there or not; what it adds is the weight that its neuron keeps for the type of its
    axon.

    Args:
        axon_types: types of axons, and weights that each neuron keeps.
        weight_bits: bits of such a weight with its sign.
        state_bits: bits of the potential with its sign.
        linear_reset: whether neurons that fire can subtract their threshold, v[t] = h[t] -
            threshold, instead of going back to a fixed potential.

    Raises:
        HardwareError: a field is out of its range.
    """

    axon_types: int
    weight_bits: int
    state_bits: int
    linear_reset: bool = False

    def __post_init__(self) -> None:
        check_whole("numbers", self, {"axon_types": 1, "weight_bits": 2, "state_bits": 2})

    @property
    def weight_max(self) -> int:
        """Largest weight; the most negative is one further from 0."""
        return int((1 << (self.weight_bits - 1)) - 1)

    @property
    def state_max(self) -> int:
        """Largest potential."""
        return int((1 << (self.state_bits - 1)) - 1)
