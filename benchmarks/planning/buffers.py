"""Buffers that a step of training takes and gives back, and what of them is there at once.

On the CPU, large results lie in buffers that are kept and used again, each of a size rounded up by
at most an eighth (`polychrony.snn.kernels.pool`): what waits is resident too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from benchmarks.planning.layers import BYTES
from polychrony.snn.kernels.pool import _ALIGNMENT, _SMALLEST, _size_class

Use = Literal["parameters", "moments", "gradients", "kept", "working"]


@dataclass
class Buffers:
    """Memory by what it is for, and its peak.

    Args:
        pooled: whether buffers wait to be used again.
        idle_limit: bytes that may wait.
    """

    pooled: bool
    idle_limit: float
    held: dict[str, tuple[Use, int, bool]] = field(default_factory=dict)
    idle: Counter[int] = field(default_factory=Counter)
    now: Counter[str] = field(default_factory=Counter)
    waiting: int = 0
    peak: Counter[str] = field(default_factory=Counter)

    def take(self, name: str, use: Use, numbers: int, pooled: bool = True) -> None:
        """Hold so many numbers under a name, those of a pool or any others."""
        size = BYTES * numbers
        reused = self.pooled and pooled and size >= _SMALLEST
        if reused:
            size = _size_class(size + _ALIGNMENT)
            if self.idle[size]:
                self.idle[size] -= 1
                self.waiting -= size
        self.held[name] = use, size, reused
        self.now[use] += size
        if self.total > sum(self.peak.values()):
            self.peak = self.now.copy()
            self.peak["waiting"] = self.waiting

    def drop(self, *names: str) -> None:
        """Give back what is held under some names; one that is not held is left out."""
        for name in names:
            use, size, reused = self.held.pop(name, ("working", 0, False))
            self.now[use] -= size
            if reused:
                self.idle[size] += 1
                self.waiting += size
        while self.waiting > self.idle_limit:
            size = next(size for size, count in self.idle.items() if count)
            self.idle[size] -= 1
            self.waiting -= size

    @property
    def total(self) -> int:
        """Bytes now, those that wait included."""
        return sum(self.now.values()) + self.waiting
