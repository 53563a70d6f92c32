"""What events cost on a chip: one named set of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Literal, get_args

import numpy as np

from polychrony.hardware.errors import HardwareError, UnknownQuantityError
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

    @property
    def seconds_or_zero(self) -> float:
        """S per event, or 0 where it is unknown and `Profile.latency_excludes` names it."""
        return self.latency.require("s") if self.latency.known else 0.0


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
    "spike",
    "hop_east_west",
    "hop_north_south",
    "within_tile",
    "axon_in",
    "axon_out",
)


def _unknown_cost() -> Cost:
    why = "not given"
    return Cost(Quantity(None, "J", why, "unverified"), Quantity(None, "s", why, "unverified"))


@dataclass(frozen=True)
class LearningCosts:
    """Costs of the events of learning on the chip.

    Args:
        synapse_update: the learning engine at one synapse: it reads traces, and changes a weight
            or what the synapse keeps beside it.
        pre_trace: one change of the trace of an axon, by a spike or by decay.
        post_trace: one change of the trace of a neuron.
        signal_product: one product of a learning signal with a fixed weight.
    """

    synapse_update: Cost = field(default_factory=_unknown_cost)
    pre_trace: Cost = field(default_factory=_unknown_cost)
    post_trace: Cost = field(default_factory=_unknown_cost)
    signal_product: Cost = field(default_factory=_unknown_cost)

    def costs(self) -> dict[str, Cost]:
        """Each cost by its name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


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
        spike: one spike of a neuron, beside its update.
        hop_east_west: one message over one link to the east or west.
        hop_north_south: one message over one link to the north or south.
        within_tile: one message to a core of the same tile.
        axon_in: one message taken in by a core.
        axon_out: one message sent by a core.
        barrier: the end of a step, or None where no cores wait for each other.
        static_power: W of one chip that does nothing, or unknown.
        assumptions: what the source leaves open and how it is read here.
        static_always: whether the costs of events make sense only together with static power.
        contained: components whose energy another one already holds, with that one's name.
        all_in: figures of the whole chip at one operating point; kept, and never used as the cost
            of an event.
        by_name_only: whether the profile is used only when it is asked for by name.
        learning: costs of learning on the chip, apart from those of inference; None without it.

    Raises:
        HardwareError: known per-event numbers hold at different voltages, `active_when` is
            neither of the two, a component contained in another has an energy of its own, or an
            all-in figure has another scope.
    """

    name: str
    active_when: ActiveWhen
    synapse: Cost
    neuron_active: Cost
    neuron_inactive: Cost
    spike: Cost
    hop_east_west: Cost
    hop_north_south: Cost
    within_tile: Cost
    axon_in: Cost
    axon_out: Cost
    barrier: Barrier | None
    static_power: Quantity
    assumptions: tuple[str, ...] = ()
    static_always: bool = False
    contained: Mapping[str, str] = field(default_factory=dict)
    all_in: tuple[Quantity, ...] = ()
    by_name_only: bool = False
    learning: LearningCosts | None = None

    def __post_init__(self) -> None:
        if self.active_when not in get_args(ActiveWhen):
            raise HardwareError(
                f"profile {self.name!r}: active_when is {self.active_when!r}, allowed are "
                f"{', '.join(get_args(ActiveWhen))}"
            )
        for component in COMPONENTS:
            object.__setattr__(self, component, self._named(component, getattr(self, component)))
        costs = [self.cost(component) for component in COMPONENTS]
        if self.learning is not None:
            named = {name: self._named(name, c) for name, c in self.learning.costs().items()}
            object.__setattr__(self, "learning", LearningCosts(**named))
            costs += named.values()
        known = {q.voltage for cost in costs for q in (cost.energy, cost.latency) if q.known}
        if len(known) > 1:
            raise HardwareError(
                f"profile {self.name!r} mixes supply voltages: {sorted(known, key=str)}"
            )
        if self.barrier is not None:
            energy = replace(self.barrier.energy, name=f"{self.name}: energy of barrier")
            object.__setattr__(self, "barrier", replace(self.barrier, energy=energy))
        static = replace(self.static_power, name=f"{self.name}: static power")
        object.__setattr__(self, "static_power", static)
        self._check_scopes()

    def _named(self, event: str, cost: Cost) -> Cost:
        """A cost whose parts say what they are."""
        return Cost(
            replace(cost.energy, name=f"{self.name}: energy of {event}"),
            replace(cost.latency, name=f"{self.name}: latency of {event}"),
        )

    def _check_scopes(self) -> None:
        for component, container in self.contained.items():
            if not {component, container} <= set(COMPONENTS):
                raise HardwareError(
                    f"profile {self.name!r}: {component!r} is contained in {container!r}; both "
                    f"must be among {', '.join(COMPONENTS)}"
                )
            if self.cost(component).energy.known:
                raise HardwareError(
                    f"profile {self.name!r}: the energy of {component} is contained in that of "
                    f"{container}, and must not be given again"
                )
        for quantity in self.all_in:
            if quantity.scope != "all-in":
                raise HardwareError(
                    f"profile {self.name!r}: {quantity.name} has scope {quantity.scope}, not all-in"
                )

    def cost(self, component: str) -> Cost:
        """Cost of one of `COMPONENTS`."""
        cost: Cost = getattr(self, component)
        return cost

    @property
    def energy_excludes(self) -> tuple[str, ...]:
        """Components whose energy is unknown, and which an energy therefore leaves out."""
        unknown = [
            name
            for name in COMPONENTS
            if not self.cost(name).energy.known and name not in self.contained
        ]
        if self.barrier is not None and not self.barrier.energy.known:
            unknown.append("barrier")
        return tuple(unknown)

    @property
    def has_total(self) -> bool:
        """Whether synapses and neurons are paid for, so that a sum of the rest means something."""
        paid = {name for name in COMPONENTS if self.cost(name).energy.known} | set(self.contained)
        return "synapse" in paid and bool(paid & {"neuron_active", "neuron_inactive", "spike"})

    def require_total(self) -> None:
        """Refuse to add up an energy that leaves out synapses or neurons.

        Raises:
            UnknownQuantityError: it does; the message names the source's reason.
        """
        if self.has_total:
            return
        name = "neuron_inactive" if self.cost("synapse").energy.known else "synapse"
        held = "".join(f"; {q.name} {q.value} {q.unit} is all-in" for q in self.all_in[:1])
        raise UnknownQuantityError(
            f"profile {self.name!r} gives no energy of {name} "
            f"({self.cost(name).energy.source}){held}: a total would be no energy of the chip"
        )

    def require_any_energy(self) -> None:
        """Refuse a profile in which no event has a price.

        Raises:
            UnknownQuantityError: it is one; the message names the source's reason.
        """
        if not any(self.cost(name).energy.known for name in COMPONENTS):
            self.require_total()

    @property
    def latency_excludes(self) -> tuple[str, ...]:
        """Components whose latency is unknown."""
        return tuple(name for name in COMPONENTS if not self.cost(name).latency.known)
