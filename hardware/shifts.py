"""By how many steps populations of a loop run later on a chip whose spikes take at least a step.

A layer whose spikes take `delay_min` steps at least runs that much later than in the software, and
nobody notices. A loop cannot run later than itself: its delays on the chip add up to those of the
software. Each population has a shift s of its own, and a synapse of delay d from A to B has

d + s_B - s_A,  delay_min to delay_max steps,

on the chip.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from polychrony.hardware.chip import Chip
from polychrony.hardware.violation import Violation
from polychrony.snn.components import Component
from polychrony.snn.graph import NetworkGraph


class _Bound(NamedTuple):
    """s_later <= s_earlier + most."""

    earlier: str
    later: str
    most: int


def _bounds(graph: NetworkGraph, component: Component, chip: Chip) -> tuple[list[_Bound], ...]:
    """What the shortest delays ask for, and what the longest do."""
    inner = [graph.projections[index] for index, c in graph.looped.items() if c is component]
    shortest = [_Bound(p.target, p.source, int(p.delay.min()) - chip.delay_min) for p in inner]
    longest = [_Bound(p.source, p.target, chip.delay_max - p.max_delay) for p in inner]
    return shortest, longest


def _solve(names: tuple[str, ...], bounds: list[_Bound]) -> tuple[dict[str, int], list[str]]:
    """Shifts within all bounds, or a loop of bounds that contradict each other (Bellman-Ford)."""
    shift, cause = dict.fromkeys(names, 0), dict.fromkeys(names, "")
    for _ in names:
        changed = ""
        for earlier, later, most in bounds:
            if shift[earlier] + most < shift[later]:
                shift[later], cause[later], changed = shift[earlier] + most, earlier, later
        if not changed:
            return shift, []
    way = [changed]
    while len(set(way)) == len(way):
        way.append(cause[way[-1]])
    return shift, way[way.index(way[-1]) : -1]


def _loops(graph: NetworkGraph) -> list[Component]:
    return [component for component in graph.components if component.window is not None]


def loop_violations(graph: NetworkGraph, chip: Chip) -> Iterator[Violation]:
    """Loops whose delays a chip cannot make, where its spikes take at least a step.

    Args:
        graph: the network.
        chip: the chip.
    """
    for component in _loops(graph) if chip.delay_min else ():
        shortest, longest = _bounds(graph, component, chip)
        way = _solve(component.names, shortest)[1]
        if way:
            yield _too_short(shortest, way, chip)
        elif _solve(component.names, shortest + longest)[1]:
            yield Violation(
                ", ".join(component.names),
                "delays within the loop",
                f"{chip.delay_min + min(bound.most for bound in shortest)} to "
                f"{chip.delay_max - min(bound.most for bound in longest)} steps",
                f"{chip.delay_min} to {chip.delay_max} steps, as far as populations that run later "
                "on the chip than in the software do not change that",
                "use a smaller maximal delay, or build relay neurons (relays)",
            )


def _too_short(bounds: list[_Bound], way: list[str], chip: Chip) -> Violation:
    most = {(b.later, b.earlier): b.most for b in sorted(bounds, key=lambda b: -b.most)}
    steps = list(zip(way, [*way[1:], way[0]], strict=True))
    total = sum(most[step] + chip.delay_min for step in steps)
    return Violation(
        ", ".join(way),
        "total delay of the loop",
        f"{total} steps along {', '.join(f'{source}->{target}' for source, target in steps)}",
        f"{chip.delay_min * len(way)} steps or more, {chip.delay_min} for each projection",
        "give one of these projections a longer delay, in all of its synapses",
    )


def shortest_delays(graph: NetworkGraph, chip: Chip) -> list[int]:
    """Shortest delay that the synapses of each projection may be given, steps.

    Within a loop it leaves room for the shifts, and as much delay as the loop needs.

    Args:
        graph: the network, whose loops the chip can make.
        chip: the chip.
    """
    least = [chip.delay_min] * len(graph.projections)
    for component in _loops(graph):
        shortest, longest = _bounds(graph, component, chip)
        # Without a shortest delay of the chip's nothing has to shift; the step of a loop stays.
        shift, _ = _solve(component.names, shortest + longest if chip.delay_min else [])
        for index, own in graph.looped.items():
            p = graph.projections[index]
            if own is component:
                needed = chip.delay_min + shift[p.source] - shift[p.target]
                least[index] = max(needed, min(int(p.delay.min()), 1 - min(chip.delay_min, 1)))
    return least
