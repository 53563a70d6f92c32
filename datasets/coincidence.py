"""Orders of assemblies that only the times between their spikes tell apart."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from polychrony.datasets.dataset import EventDataset, check_split
from polychrony.datasets.errors import DataError
from polychrony.datasets.events import Events, SensorSize

VERSION = 1  # raise when the same parameters make other events
_ORDERS = 2**16  # of a seed: no split has this number


class Coincidence(EventDataset):
    """Patterns of spikes in which every channel fires equally often, at every time alike.

    Channel i belongs to assembly a_i = i mod G. In class c, assembly a has slot s_ca, a permutation
    of 0 .. G - 1, and spike r of channel i comes at

        t_ir = (u + gap s_c,a_i + period r + jitter n_ir) mod (repeats period)

    with r = 0 .. repeats - 1, the onset u uniform in [0, period) and n_ir standard normal. Each
    channel also fires `distractors` times, at times uniform in the recording. So every channel has
    the same number of spikes in every recording, and its rate is the same at every time, whatever
    the class. But for jitter and distractors, assemblies never fire together and the spikes of one
    always do: who remembers less than `gap` can tell nothing.

    With the shortest period, G gap, assemblies take turns without a pause and a class is a cyclic
    order. The orders follow from `seed` and are the same in all splits.

    Args:
        split: "train" (2,400), "valid" (600) or "test" (1,200); as many of each class.
        seed: seed of orders and spikes.
        assemblies: number G of assemblies.
        members: channels of each assembly.
        orders: number of classes, at most (G - 1)!.
        gap: time between slots, s.
        period: time from one pattern to the next, s; None takes G gap.
        repeats: patterns of a recording.
        jitter: standard deviation of a spike's time, s.
        distractors: spikes of each channel that belong to no pattern.

    Attributes:
        slots: slot of each channel in each class, int64 [classes, channels].
        gap: time between slots, s.
        period: time from one pattern to the next, s.

    Raises:
        DataError: there is no such split, or a parameter makes no sense.
    """

    sizes: ClassVar[dict[str, int]] = {"train": 2400, "valid": 600, "test": 1200}

    def __init__(
        self,
        split: str = "train",
        *,
        seed: int = 0,
        assemblies: int = 6,
        members: int = 4,
        orders: int = 6,
        gap: float = 0.04,
        period: float | None = None,
        repeats: int = 2,
        jitter: float = 0.002,
        distractors: int = 1,
    ) -> None:
        check_split(split, tuple(self.sizes))
        self.split, self.seed, self.gap = split, int(seed), float(gap)
        self.period = assemblies * self.gap if period is None else float(period)
        self.repeats, self.jitter, self.distractors = repeats, float(jitter), distractors
        self._check(assemblies, members, orders)
        self.sensor_size = SensorSize(assemblies * members)
        self.classes = tuple(f"order {k}" for k in range(orders))
        own = _orders(assemblies, orders, np.random.default_rng((self.seed, _ORDERS)))
        self.slots = own[:, np.arange(assemblies * members) % assemblies]
        rng = np.random.default_rng((self.seed, tuple(self.sizes).index(split)))
        self.labels = rng.permutation(np.arange(self.sizes[split]) % orders)
        self._times = self._draw(rng)

    @property
    def duration(self) -> float:
        """Length of every recording, s."""
        return self.repeats * self.period

    def read(self, index: int) -> Events:
        """Reads recording `index`, 0 <= index < len(self)."""
        times = self._times[index]
        channel = np.broadcast_to(np.arange(len(times))[:, None], times.shape)
        return Events.sorted(times.ravel(), channel.ravel())

    def identity(self) -> dict[str, Any]:
        """Part, seed and pattern."""
        return {
            "name": "Coincidence",
            "version": VERSION,
            "split": self.split,
            "sizes": self.sizes,
            "seed": self.seed,
            "slots": self.slots.tolist(),
            "gap": self.gap,
            "period": self.period,
            "repeats": self.repeats,
            "jitter": self.jitter,
            "distractors": self.distractors,
        }

    def _draw(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Times of all spikes, s, [recordings, channels, repeats + distractors]."""
        shape = (len(self.labels), self.sensor_size.width)
        onset = rng.uniform(0, self.period, (len(self.labels), 1, 1))
        slot = self.gap * self.slots[self.labels][:, :, None]
        noise = self.jitter * rng.standard_normal((*shape, self.repeats))
        pattern = onset + slot + self.period * np.arange(self.repeats) + noise
        others = rng.uniform(0, self.duration, (*shape, self.distractors))
        times = np.concatenate([pattern % self.duration, others], axis=2)
        times[times >= self.duration] = 0.0  # what the remainder of a tiny negative time rounds to
        return times

    def _check(self, assemblies: int, members: int, orders: int) -> None:
        counts = {"members": members, "repeats": self.repeats, "orders": orders}
        for name, count in counts.items():
            if count < 1:
                raise DataError(f"{name} is {count}: it must be at least 1")
        if assemblies < 3:
            raise DataError(f"assemblies is {assemblies}: fewer than 3 have one order")
        if orders > math.factorial(assemblies - 1):
            raise DataError(
                f"orders is {orders}: {assemblies} assemblies have "
                f"{math.factorial(assemblies - 1)}; ask for fewer, or take more assemblies"
            )
        if min(self.jitter, self.distractors) < 0:
            raise DataError(
                f"jitter is {self.jitter} s and distractors {self.distractors}: "
                "neither can be negative"
            )
        least = assemblies * self.gap
        if not (self.gap > 0 and least * (1 - 1e-9) <= self.period < math.inf):
            raise DataError(
                f"gap is {self.gap} s and period {self.period} s: the gap must be above 0, and the "
                f"period of {assemblies} assemblies at least as many gaps"
            )


def _orders(assemblies: int, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Slots of each assembly, [count, assemblies]; no two rows are rotations of each other."""
    found: dict[bytes, NDArray[np.int64]] = {}
    while len(found) < count:
        slots = rng.permutation(assemblies).astype(np.int64)
        found.setdefault(((slots - slots[0]) % assemblies).tobytes(), slots)
    return np.stack(list(found.values()))
