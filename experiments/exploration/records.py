"""What became of each configuration, and which of them nothing else beats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

from polychrony.experiments.exploration.objectives import Objective

Outcome = Literal["measured", "repeated", "infeasible"]

OUTCOME = "outcome"
"""Name under which a study keeps what became of a trial."""


@dataclass(frozen=True)
class Record:
    """One configuration that was tried.

    Args:
        number: number of the trial.
        params: value of each thing that is varied.
        measured: every objective that is known, by name; empty if the network does not fit.
        reason: why it does not fit; empty if it does.
        repeats: number of the trial with the same values that was measured, if this one was not.
        seconds: time that the co-simulation took, s.
    """

    number: int
    params: dict[str, Any]
    measured: dict[str, float]
    reason: str
    repeats: int | None
    seconds: float

    @property
    def feasible(self) -> bool:
        """Whether the network fits."""
        return not self.reason

    @property
    def outcome(self) -> Outcome:
        """What became of it."""
        if self.repeats is not None:
            return "repeated"
        return "measured" if self.feasible else "infeasible"


def to_plain(record: Record) -> dict[str, Any]:
    """What a study keeps of a record, beside the number and the parameters of its trial."""
    kept = asdict(record)
    return {name: kept[name] for name in ("measured", "reason", "repeats", "seconds")}


def same_as(records: Iterable[Record], params: dict[str, Any]) -> Record | None:
    """The first record with the same values, if there is one."""
    same = (r for r in records if r.params == params and r.repeats is None)
    return min(same, key=lambda record: record.number, default=None)


def settled(records: Iterable[Record]) -> list[Record]:
    """Records of which each configuration has one that counts as measured: its first.

    Workers that choose the same at the same time all measure it, and one that chose it earlier may
    end later. What a study tells must not depend on who was faster.

    Args:
        records: finished trials.

    Returns:
        The same trials, by number.
    """
    firsts: dict[str, Record] = {}
    told = []
    for record in sorted(records, key=lambda record: record.number):
        first = firsts.setdefault(repr(sorted(record.params.items())), record)
        told.append(replace(record, repeats=None if first is record else first.number))
    return told


def pareto_front(records: Sequence[Record], objectives: Sequence[Objective]) -> list[Record]:
    """Configurations that no other is at least as good as in everything and better in something.

    Args:
        records: what was tried.
        objectives: what counts.

    Returns:
        Those of `records` that were measured and nothing beats, from the best in the first
        objective; equals stand side by side.
    """
    able = [record for record in records if record.outcome == "measured"]
    if not able:
        return []
    rows = [[o.sign * record.measured[o.name] for o in objectives] for record in able]
    costs = np.array(rows, np.float64)
    front = []
    for record, cost in zip(able, costs, strict=True):
        beaten = (costs <= cost).all(axis=1) & (costs < cost).any(axis=1)
        if not beaten.any():
            front.append((tuple(cost), record.number, record))
    return [record for _, _, record in sorted(front, key=lambda entry: entry[:2])]
