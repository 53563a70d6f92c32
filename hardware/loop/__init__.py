"""Arrivals of spikes, back into the network: what a chip's latency does to it, round by round."""

from __future__ import annotations

from polychrony.hardware.loop.arrivals import Arrivals, LatencyModel, uniform_latency
from polychrony.hardware.loop.close import Closed, close_loop
from polychrony.hardware.loop.late import LateSpikes
from polychrony.hardware.loop.options import Loop
from polychrony.hardware.loop.session import LoopSession
from polychrony.hardware.loop.timing import Timing

__all__ = [
    "Arrivals",
    "Closed",
    "LateSpikes",
    "LatencyModel",
    "Loop",
    "LoopSession",
    "Timing",
    "close_loop",
    "uniform_latency",
]
