"""Make a network fit a chip: what is changed is asked for, and told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from polychrony.hardware.adapt import prune_fan_in, relay_delays, split_fan_in
from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.limits import on_chip, reach
from polychrony.snn.graph import NetworkGraph

FanIn = Literal["refuse", "split", "prune"]


@dataclass(frozen=True, eq=False)
class Fitted:
    """A network, perhaps changed for a chip.

    Args:
        graph: the network.
        made: populations that the changes added.
        relays: those of them whose neurons delay spikes.
        changes: what was changed, as plain values.
    """

    graph: NetworkGraph
    made: tuple[str, ...] = ()
    relays: tuple[str, ...] = ()
    changes: dict[str, Any] = field(default_factory=dict)


def fit(
    graph: NetworkGraph, chip: Chip, *, relays: bool = False, fan_in: FanIn = "refuse"
) -> Fitted:
    """Change a network where a chip cannot hold it as it is, and only as asked.

    Args:
        graph: the network.
        chip: the chip.
        relays: build delays beyond the chip's reach from relay neurons. A relay delays by the
            longest delay of the chip, or by one step where it has no delays.
        fan_in: what to do with neurons of more synapses than the chip allows: `"refuse"`;
            `"split"`: give them mergers; `"prune"`: keep the strongest.

    Returns:
        The network and what was changed; limits that remain exceeded are told by `check`.

    Raises:
        HardwareError: `fan_in` is none of the three.
    """
    if fan_in not in get_args(FanIn):
        raise HardwareError(f"fan_in is {fan_in!r}, allowed are {', '.join(get_args(FanIn))}")
    hosted = [p.name for p in graph if p.kind != "input" and not on_chip(p, chip)]
    made: tuple[str, ...] = ()
    changes: dict[str, Any] = {}
    if chip.fan_in is not None and fan_in == "prune":
        graph, pruning = prune_fan_in(graph, chip.fan_in, skip=hosted)
        if pruning.populations:
            changes["pruned"] = pruning.to_dict()
    if chip.fan_in is not None and fan_in == "split":
        graph, splitting = split_fan_in(graph, chip.fan_in, skip=hosted)
        made = splitting.made
        if made:
            changes["split"] = splitting.to_dict()
    if not relays:
        return Fitted(graph, made, (), changes)
    delay = chip.delay_max or 1
    graph, relaying = relay_delays(
        graph,
        reach(chip),
        min(delay, reach(chip) + 1),
        host_delays=chip.delay_of != "synapse",
        skip=hosted,
    )
    if relaying.made:
        changes["relays"] = relaying.to_dict()
    return Fitted(graph, (*made, *relaying.made), relaying.made, changes)
