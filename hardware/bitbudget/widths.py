"""How many bits weights, spikes, states and delays have."""

from __future__ import annotations

from dataclasses import dataclass

from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import UnknownQuantityError
from polychrony.hardware.numbers import AnalogNumbers, NumberFormat
from polychrony.hardware.ranges import check_whole


@dataclass(frozen=True)
class Widths:
    """Bits of what a layer works with.

    Args:
        weight_bits: of a weight, its sign included.
        spike_bits: of a spike that the layer receives. A count too large for them takes as many
            spikes as it needs.
        state_bits: of the state of a neuron, its sign included; 0 keeps none.
        delay_bits: of a delay; 0 keeps none.

    Raises:
        HardwareError: a width is out of its range.
    """

    weight_bits: int
    spike_bits: int = 1
    state_bits: int = 0
    delay_bits: int = 0

    def __post_init__(self) -> None:
        least = {"weight_bits": 1, "spike_bits": 1, "state_bits": 0, "delay_bits": 0}
        check_whole("widths", self, least)


def widths_of(chip: Chip) -> Widths:
    """Widths of a chip's digital neurons, whose spikes are single events.

    The state of a neuron is its potential: networks here have no synaptic current that lasts.

    Args:
        chip: the chip.

    Raises:
        UnknownQuantityError: its weights are analog.
    """
    numbers = chip.numbers
    if isinstance(numbers, AnalogNumbers):
        raise UnknownQuantityError(
            f"weights of {chip.name} are analog and have no number of bits; the bit budget needs "
            "a chip with integers"
        )
    sign = 1 if isinstance(numbers, NumberFormat) else 0  # there, state_bits leaves it out
    delay_bits = 0 if chip.delay_of == "none" else chip.delay_bits
    return Widths(numbers.weight_bits, 1, numbers.state_bits + sign, delay_bits)
