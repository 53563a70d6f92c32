"""The loop: run, let the spikes travel, run again with their arrivals, until nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.loop.late import LateSpikes
from polychrony.snn.activity import Activity

Array = npt.NDArray[Any]
Run = Callable[[Mapping[str, Array], LateSpikes | None], Activity]
"""Run of a network on inputs, with late spikes or without."""
Travel = Callable[[Activity], LateSpikes]
"""Deliveries of a run that are late."""


@dataclass(frozen=True, eq=False)
class Closed:
    """Outcome of the loop.

    Args:
        activity: the last run.
        first: the run before any spike was late.
        late: late deliveries that the last run had.
        rounds: runs with late spikes.
        changed: spikes that differ between the last two runs, [B]; 0 where the loop has closed.
    """

    activity: Activity
    first: Activity
    late: LateSpikes
    rounds: int
    changed: npt.NDArray[np.int64]

    @property
    def converged(self) -> bool:
        """Whether no spike train changed in the last round."""
        return not self.changed.any()


def spikes_that_differ(one: Activity, other: Activity) -> npt.NDArray[np.int64]:
    """Neurons and steps in which two runs differ, [B].

    Args:
        one: a run.
        other: another run of the same network on the same inputs.
    """
    differ = np.zeros(one.batch_size, np.int64)
    for name, spikes in one.spikes.items():
        differ += (spikes != other.spikes[name]).sum(axis=(0, 2))
    return differ


def close_loop(
    run: Run, travel: Travel, inputs: Mapping[str, Array], *, max_rounds: int = 20
) -> Closed:
    """Feed arrivals back until no spike train changes.

        s_0 = run(inputs), s_r = run(inputs, travel(s_(r-1))), until s_r = s_(r-1)

    What arrives depends on who fires, and who fires on what arrives; a run with arrivals that it
    causes itself is a fixed point of this. One round is the open loop.

    Args:
        run: runs the network.
        travel: lets its spikes travel.
        inputs: spike counts of each input population, [T, B, N].
        max_rounds: runs after which to stop in any case.

    Returns:
        The last run, and what still changed in it.

    Raises:
        HardwareError: fewer than one round is allowed.
    """
    if max_rounds < 1:
        raise HardwareError(f"max_rounds is {max_rounds}, at least 1 is needed")
    first = activity = run(inputs, None)
    changed = np.zeros(first.batch_size, np.int64)
    late, rounds = travel(activity), 0
    while late.count:
        after = run(inputs, late)
        rounds += 1
        changed = spikes_that_differ(activity, after)
        activity = after
        if rounds == max_rounds or not changed.any():
            break
        late = travel(activity)
    return Closed(activity, first, late, rounds, changed)
