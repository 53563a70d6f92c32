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
class Usage:
    """What is taken of a core.

    Args:
        synapses: synapses that end here, those of copies included.
        axons_in: axons of the core in use.
        axons_out: core-to-core edges that leave it.
        max_delay: longest delay of its synapses, steps.
        physical: neurons of the core in use: a neuron with more destinations than one can have
            takes several, which do the same.
    """

    synapses: int = 0
    axons_in: int = 0
    axons_out: int = 0
    max_delay: int = 0
    physical: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.synapses + other.synapses,
            self.axons_in + other.axons_in,
            self.axons_out + other.axons_out,
            max(self.max_delay, other.max_delay),
            self.physical + other.physical,
        )

    def exceeded(self, chip: Chip) -> list[tuple[str, int, int]]:
        """Limits of a core that this is beyond: what, how many, and how many there may be."""
        limits = [
            ("neurons", self.physical, chip.neurons_with_delay(self.max_delay)),
            ("axons in", self.axons_in, chip.axons_in_per_core),
        ]
        if chip.axons_out_per_core is not None:
            limits.append(("axons out", self.axons_out, chip.axons_out_per_core))
        if chip.synapse_bits and chip.synaptic_memory_bits is not None:
            room = chip.synaptic_memory_bits // chip.synapse_bits
            limits.append(("synapses", self.synapses, room))
        return [limit for limit in limits if limit[1] > limit[2]]


@dataclass(frozen=True)
class CoreSlice:
    """Consecutive neurons of one population on one core.

    Args:
        population: name of the population.
        start: first neuron.
        stop: one past the last neuron.
        usage: what they take of the core.
        core: number of the core; relays and mergers share cores.
        group: number shared by the cores that lie in one tile, where destinations are tiles.
    """

    population: str
    start: int
    stop: int
    usage: Usage = Usage()
    core: int = 0
    group: int = 0

    @property
    def n_neurons(self) -> int:
        """Number of neurons of the network."""
        return self.stop - self.start

    @property
    def physical(self) -> int:
        """Number of neurons of the core."""
        return self.usage.physical

    @property
    def synapses(self) -> int:
        """Synapses that end here."""
        return self.usage.synapses

    @property
    def axons_in(self) -> int:
        """Axons of the core in use."""
        return self.usage.axons_in

    @property
    def axons_out(self) -> int:
        """Core-to-core edges that leave it."""
        return self.usage.axons_out

    @property
    def max_delay(self) -> int:
        """Longest delay of its synapses, steps."""
        return self.usage.max_delay


class Filling:
    """A core that takes neuron after neuron until one of its limits is reached.

    Args:
        chip: the chip.
        population: name of the population that it takes neurons of.
        start: first neuron.
        incoming: synapses of the population.
        core: number of the core.
        before: what others take of it.
        heard: labels of the axons that others have there.
    """

    def __init__(
        self,
        chip: Chip,
        population: str,
        start: int,
        incoming: Incoming,
        core: int,
        before: Usage | None = None,
        heard: IntArray | None = None,
    ) -> None:
        self.chip, self.population, self.incoming = chip, population, incoming
        self.start = self.stop = start
        self.core, self.before, self.usage = core, before, Usage()
        self._others = np.zeros(0, np.int64) if heard is None else heard
        self._heard = np.isin(incoming.label, self._others)

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
        row = slice(self.incoming.row_ptr[neuron], self.incoming.row_ptr[neuron + 1])
        axon = self.incoming.axon[row]
        new = np.unique(axon[~self._heard[axon]])
        delay = int(self.incoming.delay[row].max(initial=0))
        usage = self.usage + Usage(len(axon) * copies, len(new), edges, delay, copies)
        exceeded = (usage + (self.before or Usage())).exceeded(self.chip)
        if exceeded and self.start == neuron and self.before is None:
            raise ChipLimitError(tuple(self._violation(neuron, *limit) for limit in exceeded))
        if exceeded:
            return False
        self.usage, self.stop = usage, neuron + 1
        self._heard[new] = True
        return True

    @property
    def heard(self) -> IntArray:
        """Labels of all axons of the core."""
        return np.union1d(self._others, self.incoming.label[self._heard])

    def _violation(self, neuron: int, what: str, value: int, allowed: int) -> Violation:
        return Violation(
            self.population,
            f"number of {what} of neuron {neuron} alone",
            str(value),
            f"{allowed} on one core of {self.chip.name}",
            "prune its synapses or spread them over fewer delays and cores",
        )

    def done(self) -> CoreSlice:
        """What it holds."""
        return CoreSlice(self.population, self.start, self.stop, self.usage, self.core)
