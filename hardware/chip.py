"""What a chip holds: one frozen description with the source of every number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from polychrony.hardware.errors import HardwareError, UnknownQuantityError
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.numbers import NumberFormat, Numbers
from polychrony.hardware.on_chip_learning import OnChipLearning
from polychrony.hardware.profile import Profile
from polychrony.hardware.quantity import Quantity
from polychrony.hardware.ranges import check_whole
from polychrony.hardware.router import Router

TimeSemantics = Literal["barrier", "tick", "continuous"]
DelayOf = Literal["synapse", "axon", "none"]
DelaysRunFrom = Literal["arrival", "sending"]
Levels = Literal["mesh", "tree"]

_CHOICES = {
    "time": get_args(TimeSemantics),
    "delay_of": get_args(DelayOf),
    "delays_run_from": get_args(DelaysRunFrom),
    "levels": get_args(Levels),
}
_LEAST = {
    "cores_per_tile": 1,
    "neurons_per_core": 1,
    "axons_in_per_core": 1,
    "delay_bits": 0,
    "delay_min": 0,
    "delay_max": 0,
    "io_tile": 0,
}
_LEAST_OR_NONE = {
    "axons_out_per_core": 1,
    "fan_in": 1,
    "destinations_per_neuron": 1,
    "synaptic_memory_bits": 1,
    "delay_guaranteed": 1,
}


@dataclass(frozen=True)
class Chip:
    """Structure of a chip. Lengths are counts unless a unit is named; None is no limit.

    Args:
        name: name by which `get_chip` finds it.
        time: `"barrier"`: a step lasts until every core is done; `"tick"`: steps of fixed length;
            `"continuous"`: no steps.
        mesh: tiles of one chip and how they are joined.
        cores_per_tile: cores that share a router.
        neurons_per_core: neurons (compartments) of a core.
        axons_in_per_core: axons (distribution lists, tags) that a core listens to. Where delays
            belong to axons, each pair of source and delay, and each type, needs one of its own.
        axons_out_per_core: core-to-core edges of a core, summed over its neurons.
        fan_in: synapses of one neuron.
        destinations_per_neuron: messages that one neuron can send per spike.
        synaptic_memory_bits: memory for the synapses of a core, bits.
        delay_of: what has a delay: each synapse, each axon, or nothing.
        delay_bits: bits of a delay.
        delay_min: shortest delay, steps.
        delay_max: longest delay, steps.
        delay_guaranteed: longest delay with every neuron of a core in use, steps.
        numbers: arithmetic of the neurons.
        router: network on chip.
        io_tile: tile at which spikes from outside enter.
        readable_potential: whether a host can read potentials of the neurons; where it cannot, a
            readout without spikes runs on the host.
        profiles: costs of events; the first is the default.
        sources: for each field that holds a number, where it comes from.
        assumptions: what its sources leave open and how a run on it is modelled here.
        chips: how several chips are joined edge to edge into one mesh.
        levels: `"mesh"`: routers of tiles form a mesh; `"tree"`: a router per core below one per
            tile, and tiles form the mesh.
        tick: length of a step of a chip with fixed steps, s.
        delays_run_from: `"arrival"`: a spike waits for its delay where it has arrived, so that a
            late one acts late; `"sending"`: it carries the step in which it is to act, and is late
            only if it arrives after that. Delays of the second kind belong to axons.
        references: works that the sources abbreviate, by their abbreviations.
        learning: what a core keeps to learn; None where no learning on the chip is described, for
            the reason that stands in `sources`.

    Raises:
        HardwareError: a field is out of its range, or two profiles have one name.
    """

    name: str
    time: TimeSemantics
    mesh: Mesh
    cores_per_tile: int
    neurons_per_core: int
    axons_in_per_core: int
    axons_out_per_core: int | None
    fan_in: int | None
    destinations_per_neuron: int | None
    synaptic_memory_bits: int | None
    delay_of: DelayOf
    delay_bits: int
    delay_min: int
    delay_max: int
    delay_guaranteed: int | None
    numbers: Numbers
    router: Router
    io_tile: int
    readable_potential: bool
    profiles: tuple[Profile, ...]
    sources: Mapping[str, str]
    assumptions: tuple[str, ...] = ()
    chips: Mesh = field(default_factory=lambda: Mesh(1, 1))
    levels: Levels = "mesh"
    tick: Quantity | None = None
    delays_run_from: DelaysRunFrom = "arrival"
    references: Mapping[str, str] = field(default_factory=dict)
    learning: OnChipLearning | None = None

    def __post_init__(self) -> None:
        owner = f"chip {self.name!r}"
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise HardwareError(
                    f"{owner}: {name} is {getattr(self, name)!r}, allowed are {', '.join(allowed)}"
                )
        check_whole(owner, self, _LEAST)
        check_whole(owner, self, _LEAST_OR_NONE, none="no limit")
        if self.delay_max < self.delay_min:
            raise HardwareError(
                f"{owner}: delay_max is {self.delay_max} steps, allowed are whole numbers from "
                f"delay_min, {self.delay_min}"
            )
        if self.delays_run_from == "sending" and self.delay_of != "axon":
            raise HardwareError(
                f"{owner}: delays_run_from is 'sending', so delay_of must be 'axon': a message "
                "carries one step in which it is to act"
            )
        if self.io_tile >= self.grid.n_tiles:
            raise HardwareError(
                f"{owner}: io_tile is {self.io_tile}, allowed are 0 to {self.grid.n_tiles - 1}"
            )
        names = [profile.name for profile in self.profiles]
        if len(set(names)) < len(names):
            raise HardwareError(f"{owner}: two profiles have one name: {', '.join(names)}")
        if self.time == "tick" and (self.tick is None or self.tick.require("s") <= 0):
            raise HardwareError(f"{owner}: time is 'tick', so tick must be a known time above 0 s")

    @property
    def grid(self) -> Mesh:
        """Tiles of all chips together."""
        return Mesh(self.mesh.columns * self.chips.columns, self.mesh.rows * self.chips.rows)

    @property
    def n_cores(self) -> int:
        """Cores of all chips."""
        return self.grid.n_tiles * self.cores_per_tile

    @property
    def n_neurons(self) -> int:
        """Neurons of all chips."""
        return self.n_cores * self.neurons_per_core

    @property
    def synapse_bits(self) -> int:
        """Memory of one synapse, bits: weight, delay, and index of its neuron within the core.

        0 where synapses are not kept as a list (a crossbar, or words of each neuron).
        """
        if self.synaptic_memory_bits is None or not isinstance(self.numbers, NumberFormat):
            return 0
        return self.numbers.weight_bits + self.delay_bits + (self.neurons_per_core - 1).bit_length()

    def require_learning(self) -> OnChipLearning:
        """What a core keeps to learn.

        Raises:
            HardwareError: no learning on the chip is described; the message says why.
        """
        if self.learning is None:
            why = self.sources.get("learning", "its description has none")
            raise HardwareError(
                f"learning on {self.name} cannot be counted: {why}; a chip that learns is loihi"
            )
        return self.learning

    def neurons_with_delay(self, delay: int) -> int:
        """Neurons that a core holds when its longest delay is `delay` steps.

        Longer delays cost neurons, but the exchange rate is not published. Here the product of
        neurons and delay is held constant beyond the guaranteed range (assumed).
        """
        if self.delay_guaranteed is None:
            return self.neurons_per_core
        return self.neurons_per_core * self.delay_guaranteed // max(delay, self.delay_guaranteed)

    def profile(self, name: str | None = None) -> Profile:
        """Profile by name; the default one without a name.

        Raises:
            HardwareError: the chip has no such profile.
            UnknownQuantityError: none is named, and every profile must be asked for by name.
        """
        known = ", ".join(profile.name for profile in self.profiles)
        for profile in self.profiles:
            if profile.name == name or (name is None and not profile.by_name_only):
                return profile
        if name is None and self.profiles:
            raise UnknownQuantityError(
                f"chip {self.name!r} has no verified costs; name one of its profiles, whose "
                f"numbers are unverified: {known}"
            )
        raise HardwareError(f"chip {self.name!r} has no profile {name!r}; it has: {known}")
