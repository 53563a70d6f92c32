"""From real parameters to the numbers of a chip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.limits import check
from polychrony.hardware.numbers import AnalogNumbers, AxonTypeNumbers
from polychrony.hardware.quantization import (
    quantize_analog,
    quantize_axon_types,
    quantize_mantissas,
)
from polychrony.hardware.quantized import QuantizedGraph
from polychrony.snn.graph import NetworkGraph


def quantize(
    graph: NetworkGraph,
    chip: Chip,
    exponents: Mapping[str, int] | None = None,
    *,
    spare_bits: Mapping[str, int] | None = None,
    mismatch: float | None = None,
    seed: int = 0,
    relays: Sequence[str] = (),
) -> QuantizedGraph:
    """Turn a network into the numbers of a chip.

    Mantissas with exponents (Loihi): each target population gets one scale and one exponent for
    the weights of all its synapses; see `quantize_mantissas`. Axons with types (TrueNorth): each
    neuron gets the few integer weights that stand best for its own; see `quantize_axon_types`.
    Analog synapses (DYNAP-SE): each population gets a few weights, and every circuit departs from
    what it is set to; see `quantize_analog`.

    Args:
        graph: the network.
        chip: the chip.
        exponents: exponent for the weights of a population, by its name, where weights have one;
            found by itself otherwise.
        spare_bits: by how much the exponent found for a population is lowered, where weights have
            one, so that its potentials have more room.
        mismatch: coefficient of variation between analog circuits, instead of the chip's.
        seed: which of all possible analog chips it is.
        relays: populations whose neurons delay spikes themselves.

    Returns:
        The network as the chip holds it, with the error of each population.

    Raises:
        ChipLimitError: the network exceeds a limit of the chip, or resets in a way it cannot.
        HardwareError: the numbers of a population do not fit those of the chip, or an argument is
            given that does not apply to it.
    """
    check(graph, chip, made=relays)
    numbers = chip.numbers
    if isinstance(numbers, AnalogNumbers):
        _refuse(chip, exponents=exponents, spare_bits=spare_bits)
        spread = numbers.mismatch if mismatch is None else mismatch
        return quantize_analog(graph, chip, numbers, spread, seed)
    _refuse(chip, mismatch=mismatch)
    if isinstance(numbers, AxonTypeNumbers):
        _refuse(chip, exponents=exponents, spare_bits=spare_bits)
        return quantize_axon_types(graph, chip, numbers)
    return quantize_mantissas(graph, chip, numbers, exponents or {}, spare_bits or {})


def _refuse(chip: Chip, **arguments: object) -> None:
    for name, value in arguments.items():
        if value is not None:
            raise HardwareError(f"{name} does not apply to {chip.name}; leave it out")
