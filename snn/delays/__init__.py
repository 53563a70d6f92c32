"""Synaptic delays that learn."""

from polychrony.snn.delays.annealing import SigmaAnnealing
from polychrony.snn.delays.base import DelayState
from polychrony.snn.delays.conv import DelayedConv2d
from polychrony.snn.delays.linear import DelayedLinear
from polychrony.snn.delays.recurrent import DelayedRecurrent, RecurrentState
from polychrony.snn.delays.taps import integer_kernel, tap_kernel

__all__ = [
    "DelayState",
    "DelayedConv2d",
    "DelayedLinear",
    "DelayedRecurrent",
    "RecurrentState",
    "SigmaAnnealing",
    "integer_kernel",
    "tap_kernel",
]
