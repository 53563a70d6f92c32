"""Synaptic delays that learn."""

from polychrony.snn.delays.annealing import SigmaAnnealing
from polychrony.snn.delays.linear import DelayedLinear, DelayState
from polychrony.snn.delays.taps import integer_kernel, tap_kernel

__all__ = ["DelayState", "DelayedLinear", "SigmaAnnealing", "integer_kernel", "tap_kernel"]
