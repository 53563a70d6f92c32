"""Which bits the layers get: as their sensitivity says first, then step by step from the best."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping

from polychrony.experiments.bits import MAX_BITS
from polychrony.experiments.budgeting.allocation import Allocation, Traffic, cost
from polychrony.experiments.budgeting.sensitivity import Sensitivity

MOST_POINTS = 300_000
Try = Callable[[Allocation], float]


def affordable(n_hidden: int, steps: int, traffic: Traffic, limit: float) -> list[Allocation]:
    """Every allocation with these steps that costs no more than a limit.

    From four hidden layers on, bits are powers of two.
    """
    ways = 2 * n_hidden + 1
    widths = range(1, MAX_BITS + 1)
    choices = list(widths) if MAX_BITS**ways <= MOST_POINTS else [1, 2, 4, 8]
    made = (
        Allocation(bits[: n_hidden + 1], bits[n_hidden + 1 :], steps)
        for bits in itertools.product(choices, repeat=ways)
    )
    return [each for each in made if cost(each, traffic) <= limit * (1 + 1e-9)]


def neighbours(allocation: Allocation) -> Iterator[Allocation]:
    """Allocations in which one width is one bit more or less, or a bit has moved to another."""
    bits = (*allocation.weights, *allocation.spikes)
    split = len(allocation.weights)
    moves = [(k, by) for k in range(len(bits)) for by in (-1, 1)]
    single = [dict([move]) for move in moves]
    double = [{a: 1, b: -1} for a in range(len(bits)) for b in range(len(bits)) if a != b]
    for change in single + double:
        moved = tuple(width + change.get(k, 0) for k, width in enumerate(bits))
        if all(1 <= width <= MAX_BITS for width in moved):
            yield Allocation(moved[:split], moved[split:], allocation.steps)


def search(
    limit: float,
    traffic: Mapping[int, Traffic],
    sensitivity: Mapping[int, Sensitivity],
    tried: Mapping[Allocation, float],
    trials: int,
    train: Try,
) -> dict[Allocation, float]:
    """Look for the best allocation that costs no more than a limit.

    The first half of the trials are those of which the sensitivity promises the least loss. The
    others are neighbours of the best so far, again the most promising first; one that is better
    becomes the best.

    Args:
        limit: most S-ACE.
        traffic: what layers receive, by steps of a sample.
        sensitivity: how much each layer minds, by steps.
        tried: validation accuracy of what was trained before.
        trials: how many more to train.
        train: trains an allocation; gives its validation accuracy.

    Returns:
        Accuracy of each allocation that was trained, in order.
    """
    promise = {
        each: (sensitivity[steps].predict(each), -cost(each, seen), each)
        for steps, seen in traffic.items()
        for each in affordable(len(seen.macs) - 1, steps, seen, limit)
    }
    known = dict(tried)
    found: dict[Allocation, float] = {}

    def take(candidates: Iterable[Allocation], most: int) -> None:
        new = [each for each in candidates if each in promise and each not in known]
        for each in sorted(new, key=promise.__getitem__)[:most]:
            known[each] = found[each] = train(each)

    take(promise, (trials + 1) // 2)
    while len(found) < trials:
        before = len(found)
        able = [each for each in known if each in promise] or list(known)
        best = max(able, key=lambda each: (known[each], -cost(each, traffic[each.steps])))
        take(neighbours(best), 1)
        if len(found) == before:  # all neighbours are tried: go on by promise
            take(promise, 1)
        if len(found) == before:
            break
    return found
