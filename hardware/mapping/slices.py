"""What one core holds, and filling cores one after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import ChipLimitError
from polychrony.hardware.mapping.incoming import Incoming
from polychrony.hardware.violation import Violation

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CoreSlice:
    """Consecutive neurons of one population on one core, and what they take of it.

    Args:
        population: name of the population.
        start: first neuron.
        stop: one past the last neuron.
        synapses: synapses that end here, those of copies included.
        axons_in: axons of this core in use.
        axons_out: core-to-core edges that leave it.
        max_delay: longest delay of its synapses, steps.
        physical: neurons of the core in use: a neuron with more destinations than one can have
            takes several, which do the same.
    """

    population: str
    start: int
    stop: int
    synapses: int
    axons_in: int
    axons_out: int
    max_delay: int
    physical: int

    @property
    def n_neurons(self) -> int:
        """Number of neurons of the network."""
        return self.stop - self.start


class Filling:
    """A core that takes neuron after neuron until one of its limits is reached.

    Args:
        chip: the chip.
        population: name of the population that it takes neurons of.
        start: first neuron.
        incoming: synapses of the population.
    """

    def __init__(self, chip: Chip, population: str, start: int, incoming: Incoming) -> None:
        self.chip, self.population, self.incoming = chip, population, incoming
        self.start = self.stop = start
        self.synapses = self.axons_in = self.axons_out = self.max_delay = self.physical = 0
        self._heard = np.zeros(incoming.n_axons, bool)

    def _with(self, neuron: int, copies: int, edges: int) -> tuple[dict[str, int], IntArray]:
        row = slice(self.incoming.row_ptr[neuron], self.incoming.row_ptr[neuron + 1])
        axon = self.incoming.axon[row]
        new = np.unique(axon[~self._heard[axon]])
        delay = int(self.incoming.delay[row].max(initial=0))
        return {
            "physical": self.physical + copies,
            "synapses": self.synapses + len(axon) * copies,
            "axons_in": self.axons_in + len(new),
            "axons_out": self.axons_out + edges,
            "max_delay": max(self.max_delay, delay),
        }, new

    def _exceeded(self, used: dict[str, int]) -> list[tuple[str, int, int]]:
        chip = self.chip
        limits = [
            ("neurons", used["physical"], chip.neurons_with_delay(used["max_delay"])),
            ("axons in", used["axons_in"], chip.axons_in_per_core),
        ]
        if chip.axons_out_per_core is not None:
            limits.append(("axons out", used["axons_out"], chip.axons_out_per_core))
        if chip.synapse_bits and chip.synaptic_memory_bits is not None:
            room = chip.synaptic_memory_bits // chip.synapse_bits
            limits.append(("synapses", used["synapses"], room))
        return [limit for limit in limits if limit[1] > limit[2]]

    def take(self, neuron: int, copies: int, edges: int) -> bool:
        """Take one more neuron if it fits.

        Args:
            neuron: its number.
            copies: neurons of the core that it takes.
            edges: cores that it reaches.

        Returns:
            Whether it was taken.

        Raises:
            ChipLimitError: not even an empty core can hold it.
        """
        used, new = self._with(neuron, copies, edges)
        exceeded = self._exceeded(used)
        if exceeded and self.start == neuron:
            raise ChipLimitError(
                tuple(
                    Violation(
                        self.population,
                        f"number of {what} of neuron {neuron} alone",
                        str(value),
                        f"{allowed} on one core of {self.chip.name}",
                        "prune its synapses or spread them over fewer delays and cores",
                    )
                    for what, value, allowed in exceeded
                )
            )
        if exceeded:
            return False
        self.__dict__.update(used)
        self._heard[new] = True
        self.stop = neuron + 1
        return True

    def done(self) -> CoreSlice:
        """What it holds."""
        return CoreSlice(
            self.population,
            self.start,
            self.stop,
            self.synapses,
            self.axons_in,
            self.axons_out,
            self.max_delay,
            self.physical,
        )
