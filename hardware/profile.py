"""What events cost on a chip: one named set of numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.quantity import Quantity

ActiveWhen = Literal["spike", "input"]


@dataclass(frozen=True)
class Cost:
    """Energy and time of one event.

    Args:
        energy: J per event, or unknown.
        latency: s per event, or unknown.
    """

    energy: Quantity
    latency: Quantity

    def __post_init__(self) -> None:
        for quantity, unit in ((self.energy, "J"), (self.latency, "s")):
            if quantity.base_unit != unit or quantity.scope != "per-event":
                raise HardwareError(
                    f"an event costs a per-event number of {unit}, not one of scope "
                    f"{quantity.scope} in {quantity.unit}"
                )


@dataclass(frozen=True)
class Barrier:
    """Synchronization of all cores at the end of a step.

    Args:
        energy: J per barrier, or unknown.
        latency: s by number of tiles that take part, in ascending order; linear in between.
    """

    energy: Quantity
    latency: tuple[tuple[int, Quantity], ...]

    def seconds(self, n_tiles: int) -> float:
        """Duration of one barrier.

        Args:
            n_tiles: tiles that take part.

        Returns:
            Duration, s.

        Raises:
            HardwareError: the number lies outside the range that is published.
        """
        tiles = [count for count, _ in self.latency]
        if not tiles[0] <= n_tiles <= tiles[-1]:
            raise HardwareError(
                f"barrier: {n_tiles} tiles lie outside {tiles[0]} to {tiles[-1]}, for which "
                "its duration is published"
            )
        return float(np.interp(n_tiles, tiles, [q.require("s") for _, q in self.latency]))


COMPONENTS = (
    "synapse",
    "neuron_active",
    "neuron_inactive",
    "hop_east_west",
    "hop_north_south",
    "within_tile",
    "axon_in",
    "axon_out",
)


@dataclass(frozen=True)
class Profile:
    """Costs of the events of one chip, as one source gives them.

    Args:
        name: name of the profile, unique for its chip.
        active_when: which neurons take the active update in a step: those that fire (`"spike"`),
            or those that receive an event (`"input"`). All others take the inactive one.
        synapse: one synaptic operation.
        neuron_active: update of an active neuron, one step.
        neuron_inactive: update of an inactive neuron, one step.
        hop_east_west: one message over one link to the east or west.
        hop_north_south: one message over one link to the north or south.
        within_tile: one message to a core of the same tile.
        axon_in: one message taken in by a core.
        axon_out: one message sent by a core.
        barrier: the end of a step.
        static_power: W of one chip that does nothing, or unknown.
        assumptions: what the source leaves open and how it is read here.

    Raises:
        HardwareError: known per-event numbers hold at different voltages, or `active_when` is
            neither of the two.
    """

    name: str
    active_when: ActiveWhen
    synapse: Cost
    neuron_active: Cost
    neuron_inactive: Cost
    hop_east_west: Cost
    hop_north_south: Cost
    within_tile: Cost
    axon_in: Cost
    axon_out: Cost
    barrier: Barrier
    static_power: Quantity
    assumptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.active_when not in get_args(ActiveWhen):
            raise HardwareError(
                f"profile {self.name!r}: active_when is {self.active_when!r}, allowed are "
                f"{', '.join(get_args(ActiveWhen))}"
            )
        known = set()
        for component in COMPONENTS:
            cost: Cost = getattr(self, component)
            energy = replace(cost.energy, name=f"{self.name}: energy of {component}")
            latency = replace(cost.latency, name=f"{self.name}: latency of {component}")
            object.__setattr__(self, component, Cost(energy, latency))
            known |= {q.voltage for q in (energy, latency) if q.known}
        if len(known) > 1:
            raise HardwareError(
                f"profile {self.name!r} mixes supply voltages: {sorted(known, key=str)}"
            )
        energy = replace(self.barrier.energy, name=f"{self.name}: energy of barrier")
        object.__setattr__(self, "barrier", replace(self.barrier, energy=energy))
        static = replace(self.static_power, name=f"{self.name}: static power")
        object.__setattr__(self, "static_power", static)

    def cost(self, component: str) -> Cost:
        """Cost of one of `COMPONENTS`."""
        cost: Cost = getattr(self, component)
        return cost

    @property
    def energy_excludes(self) -> tuple[str, ...]:
        """Components whose energy is unknown, and which an energy therefore leaves out."""
        unknown = [name for name in COMPONENTS if not self.cost(name).energy.known]
        return (*unknown, "barrier") if not self.barrier.energy.known else tuple(unknown)

    @property
    def latency_excludes(self) -> tuple[str, ...]:
        """Components whose latency is unknown, and the queueing of messages, not modelled here."""
        unknown = (name for name in COMPONENTS if not self.cost(name).latency.known)
        return (*unknown, "queueing in the mesh")
