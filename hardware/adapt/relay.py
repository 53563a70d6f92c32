"""Delays beyond the reach of a synapse, made of neurons that pass spikes on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.adapt.select import passing, select
from polychrony.hardware.errors import HardwareError
from polychrony.snn.graph import NetworkGraph, Population, Projection

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Relaying:
    """What became of long delays.

    Args:
        neurons: relay neurons by the name of their population.
        synapses_moved: synapses that a relay feeds now.
        longest_delay: longest delay before, steps, of the projections that were looked at.
        stages: relays in a row for the longest of them.
    """

    neurons: Mapping[str, int]
    synapses_moved: int
    longest_delay: int
    stages: int

    @property
    def made(self) -> tuple[str, ...]:
        """Names of the populations made."""
        return tuple(self.neurons)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "relay_neurons": sum(self.neurons.values()),
            "relay_neurons_by_population": dict(self.neurons),
            "synapses_moved": self.synapses_moved,
            "longest_delay_steps": self.longest_delay,
            "stages": self.stages,
        }


def _check(graph: NetworkGraph, reach: int, relay_delay: int) -> None:
    if reach < 0:
        raise HardwareError(f"reach is {reach} steps, at least 0 is needed")
    if not 1 <= relay_delay <= reach + 1:
        raise HardwareError(
            f"relay_delay is {relay_delay} steps; with a reach of {reach} it must be 1 to "
            f"{reach + 1}, or some delays could not be made"
        )
    made = [population.name for population in graph if ".relay" in population.name]
    if made:
        raise HardwareError(
            f"the network has relays already ({made[0]!r}); relay delays once, from the network "
            "as it was trained"
        )


def _relays(
    graph: NetworkGraph, source: str, users: list[tuple[Projection, IntArray]], relay_delay: int
) -> tuple[list[Population], list[Projection], list[IntArray]]:
    """Chain of one source: its populations, its links, and the source neurons of each stage."""
    need = np.zeros(graph[source].size, np.int64)
    for projection, stages in users:
        np.maximum.at(need, projection.pre, stages)
    members = [np.arange(len(need))]
    populations: list[Population] = []
    links: list[Projection] = []
    name = source
    for stage in range(1, int(need.max(initial=0)) + 1):
        neurons = np.flatnonzero(need >= stage)
        relay = passing(f"{source}.relay{stage}", len(neurons))
        populations.append(relay)
        links.append(
            Projection(
                name,
                relay.name,
                np.searchsorted(members[-1], neurons).astype(np.int32),
                np.arange(len(neurons), dtype=np.int32),
                np.ones(len(neurons), np.float32),
                np.full(len(neurons), relay_delay, np.int32),
            )
        )
        members.append(neurons)
        name = relay.name
    return populations, links, members


def _feed(
    projection: Projection, stages: IntArray, members: list[IntArray], relay_delay: int
) -> list[Projection]:
    """The projection cut by stage; each part starts from the relays of its stage."""
    parts = []
    for stage in np.unique(stages):
        part = select(projection, stages == stage)
        if stage:
            part = Projection(
                f"{projection.source}.relay{stage}",
                projection.target,
                np.searchsorted(members[stage], part.pre).astype(np.int32),
                part.post,
                part.weight,
                part.delay - np.int32(stage * relay_delay),
            )
        parts.append(part)
    return parts or [projection]


def relay_delays(
    graph: NetworkGraph,
    reach: int,
    relay_delay: int,
    *,
    host_delays: bool = False,
    skip: Collection[str] = (),
) -> tuple[NetworkGraph, Relaying]:
    """Make delays longer than synapses can hold out of relay neurons.

        d = k * relay_delay + r, with the least k for which r <= reach

    The synapse starts from relay k of its source and keeps delay r. Relay k fires relay_delay steps
    after relay k - 1 (relay 0 is the source). All synapses of a source share its relays, and a
    source neuron gets no more of them than its longest delay needs.

    Every other population spikes in exactly the same steps as before, as long as no source has
    more than one event per step: a relay makes one of several. (An input may have several.)

    Args:
        graph: the network.
        reach: longest delay of a synapse, steps.
        relay_delay: delay of the synapse that drives a relay, steps, 1 to reach + 1.
        host_delays: leave projections from inputs alone, because the host can send spikes late.
        skip: populations whose synapses hold any delay, because they run on the host.

    Returns:
        The network with relays named `<source>.relay<k>`, and what was made.

    Raises:
        HardwareError: reach and relay_delay cannot make every delay, or relays exist already.
    """
    _check(graph, reach, relay_delay)
    users: dict[str, list[tuple[Projection, IntArray]]] = {}
    for projection in graph.projections:
        hosted = host_delays and graph[projection.source].kind == "input"
        if not hosted and projection.target not in skip:
            over = np.maximum(projection.delay.astype(np.int64) - reach, 0)
            pair = (projection, -(-over // relay_delay))
            users.setdefault(projection.source, []).append(pair)
    chains = {name: _relays(graph, name, pairs, relay_delay) for name, pairs in users.items()}
    stages = {id(projection): k for pairs in users.values() for projection, k in pairs}
    populations = list(graph.populations)
    projections: list[Projection] = []
    for relays, links, _ in chains.values():
        populations += relays
        projections += links
    for projection in graph.projections:
        if id(projection) in stages:
            members = chains[projection.source][2]
            projections += _feed(projection, stages[id(projection)], members, relay_delay)
        else:
            projections.append(projection)
    moved = [(projection.max_delay, k) for pairs in users.values() for projection, k in pairs]
    record = Relaying(
        {relay.name: relay.size for relays, _, _ in chains.values() for relay in relays},
        synapses_moved=sum(int((k > 0).sum()) for _, k in moved),
        longest_delay=max((longest for longest, _ in moved), default=0),
        stages=max((int(k.max(initial=0)) for _, k in moved), default=0),
    )
    return NetworkGraph(tuple(populations), tuple(projections), graph.dt), record
