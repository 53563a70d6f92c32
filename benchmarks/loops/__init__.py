"""A plain C++ loop over time, the yardstick of what a compiler makes of LIF neurons."""

from benchmarks.loops.build import build
from benchmarks.loops.contender import loop_contender
from benchmarks.loops.lif import loop_lif

__all__ = ["build", "loop_contender", "loop_lif"]
