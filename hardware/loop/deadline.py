"""The shortest step in which spikes still arrive in time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.loop.arrivals import Arrivals, LatencyModel
from polychrony.hardware.loop.streams import Streams
from polychrony.hardware.loop.timing import Timing
from polychrony.hardware.noc.senders import Senders
from polychrony.snn.activity import Activity

SAMPLES = 2
"""Samples whose spikes are looked at."""
_EXACT = 0.01  # share to which the step is found
_ALONE = 1.0  # s: a step in which no spike meets those of the step before


def share_late(senders: Senders, noc: str | LatencyModel, activity: Activity, tick: float) -> float:
    """Share of the deliveries of a run that miss their step.

    Args:
        senders: what spikes send.
        noc: how messages travel, or a rule that gives latencies.
        activity: the run.
        tick: length of a step, s.
    """
    streams = Streams(senders, tick)
    Arrivals(senders, Timing(tick), noc)(activity, streams)
    found = streams.report(activity.n_steps)["network"]
    share: float = found["deadline_misses"] / max(found["deliveries"], 1)
    return share


def shortest_tick(
    senders: Senders, noc: str | LatencyModel, activity: Activity, share: float
) -> float:
    """Shortest step in which at most a share of the deliveries is late.

    Steps that are too short pile up traffic, so more is late the shorter they are; the step is
    found by halving the ratio between one that is long enough and one that is not, to 1 %.

    Args:
        senders: what spikes send.
        noc: how messages travel, or a rule that gives latencies.
        activity: a run; its first samples are looked at.
        share: largest share of late deliveries, 0 to below 1.

    Returns:
        Length of a step, s.

    Raises:
        HardwareError: the share is out of its range, or nothing is sent.
    """
    if not 0 <= share < 1:
        raise HardwareError(f"share of late spikes is {share}; it must be from 0 to below 1")
    few = _first(activity, SAMPLES)
    alone = Streams(senders, _ALONE)
    Arrivals(senders, Timing(_ALONE), noc)(few, alone)
    longest = alone.whole.latency.percentiles
    if longest is None:
        raise HardwareError("no spike is sent, so that no step is too short")
    high = max(longest["100"], senders.quantum) * (1 + _EXACT)
    while share_late(senders, noc, few, high) > share:
        high *= 2
    low = senders.quantum
    while high / low > 1 + _EXACT:
        middle = float(np.sqrt(high * low))
        if share_late(senders, noc, few, middle) > share:
            low = middle
        else:
            high = middle
    return high


def _first(activity: Activity, samples: int) -> Activity:
    def cut(arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
        return {name: array[:, :samples] for name, array in arrays.items()}

    return Activity(activity.dt, cut(activity.spikes), cut(activity.potentials))
