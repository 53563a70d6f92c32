"""What a chip holds: one frozen description with the source of every number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.profile import Profile


@dataclass(frozen=True)
class NumberFormat:
    """Widths of the integers that a core computes with.

    Args:
        weight_bits: bits of a weight with its sign.
        exponent_min: smallest exponent of a weight.
        exponent_max: largest exponent of a weight.
        unit_bits: a mantissa of weight or threshold counts 2^unit_bits units of the potential.
        weight_limit: largest magnitude of mantissa times its power of two, units.
        state_bits: bits of current and potential, without sign.
        decay_bits: a decay is a fraction of 2^decay_bits.
        threshold_bits: bits of a threshold's mantissa.
    """

    weight_bits: int
    exponent_min: int
    exponent_max: int
    unit_bits: int
    weight_limit: int
    state_bits: int
    decay_bits: int
    threshold_bits: int

    @property
    def unit(self) -> int:
        """Units of potential of one step of a threshold's mantissa."""
        return int(1 << self.unit_bits)

    @property
    def decay_one(self) -> int:
        """The decay that forgets everything in one step."""
        return int(1 << self.decay_bits)

    @property
    def state_max(self) -> int:
        """Largest magnitude of current and potential, units."""
        return int((1 << self.state_bits) - 1)

    @property
    def threshold_max(self) -> int:
        """Largest mantissa of a threshold."""
        return int((1 << self.threshold_bits) - 1)

    @property
    def mantissa_max(self) -> int:
        """Largest mantissa of a weight."""
        return int((1 << (self.weight_bits - 1)) - 1)


@dataclass(frozen=True)
class Chip:
    """Structure of a chip. Lengths are counts unless a unit is named.

    Args:
        name: name by which `get_chip` finds it.
        mesh: tiles and how they are joined.
        cores_per_tile: cores that share a router.
        neurons_per_core: neurons (compartments) of a core.
        axons_in_per_core: distribution lists of a core: distinct neurons that it listens to.
        axons_out_per_core: core-to-core edges of a core, summed over its neurons.
        synaptic_memory_bits: memory for the synapses of a core, bits.
        delay_bits: bits of a synapse's delay.
        delay_max: longest delay, steps.
        delay_guaranteed: longest delay with every neuron of a core in use, steps.
        numbers: integer arithmetic of the neurons.
        io_tile: tile at which spikes from outside enter.
        profiles: costs of events; the first is the default.
        sources: for each field that holds a number, where it comes from.
        assumptions: what its sources leave open and how a run on it is modelled here.
    """

    name: str
    mesh: Mesh
    cores_per_tile: int
    neurons_per_core: int
    axons_in_per_core: int
    axons_out_per_core: int
    synaptic_memory_bits: int
    delay_bits: int
    delay_max: int
    delay_guaranteed: int
    numbers: NumberFormat
    io_tile: int
    profiles: tuple[Profile, ...]
    sources: Mapping[str, str]
    assumptions: tuple[str, ...] = ()

    @property
    def n_cores(self) -> int:
        """Cores of the chip."""
        return self.mesh.n_tiles * self.cores_per_tile

    @property
    def n_neurons(self) -> int:
        """Neurons of the chip."""
        return self.n_cores * self.neurons_per_core

    @property
    def synapse_bits(self) -> int:
        """Memory of one synapse, bits: weight, delay, and index of its neuron within the core."""
        return self.numbers.weight_bits + self.delay_bits + (self.neurons_per_core - 1).bit_length()

    def neurons_with_delay(self, delay: int) -> int:
        """Neurons that a core holds when its longest delay is `delay` steps.

        Longer delays cost neurons, but the exchange rate is not published. Here the product of
        neurons and delay is held constant beyond the guaranteed range (assumed).
        """
        return self.neurons_per_core * self.delay_guaranteed // max(delay, self.delay_guaranteed)

    def profile(self, name: str | None = None) -> Profile:
        """Profile by name; the default one without a name.

        Raises:
            HardwareError: the chip has no such profile.
        """
        for profile in self.profiles:
            if name in (None, profile.name):
                return profile
        known = ", ".join(profile.name for profile in self.profiles)
        raise HardwareError(f"chip {self.name!r} has no profile {name!r}; it has: {known}")
