"""See that memory stays where it is: models that come and go, and many batches.

`python tests/stress/memory.py` builds and drops 1,000 networks, each with one training step, and
evaluates 10,000 batches. What is measured is the resident memory of the process (`VmRSS`), after
each hundredth of the work and a collection of cycles. The first tenth is left out: that is where
pools of allocators and compiled loops fill. The rest must neither end much above its beginning nor
rise along the straight line that fits it best.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

from polychrony.experiments.config import Config, NetworkConfig
from polychrony.experiments.evaluation import evaluate
from polychrony.experiments.models import build
from polychrony.snn import readout_loss

POINTS = 100
ALLOWED = 8 * 2**20
"""Bytes by which memory may rise over all the work, in either measure."""
FRAME, CLASSES, N_STEPS, BATCH = [32], 4, 10, 8


@dataclass(frozen=True)
class Measured:
    """Resident memory over some work.

    Args:
        what: the work.
        count: times it was done.
        first: bytes after a tenth of it.
        last: bytes at its end.
        slope: bytes by which the fitted line rises each time.
        seconds: time that it took, s.
    """

    what: str
    count: int
    first: int
    last: int
    slope: float
    seconds: float

    @property
    def is_flat(self) -> bool:
        """Whether neither measure says that memory grows."""
        return self.last - self.first <= ALLOWED and self.slope * self.count <= ALLOWED


def resident() -> int:
    """Memory of this process that lies in RAM, bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024


def measure(what: str, count: int, work: Callable[[], object]) -> Measured:
    """Do something many times.

    Args:
        what: its name.
        count: how often.
        work: does it once.
    """
    begin, every = time.perf_counter(), max(1, count // POINTS)
    found: list[tuple[int, int]] = []
    for done in range(1, count + 1):
        work()
        if done % every == 0 and done * 10 > count:
            gc.collect()
            found.append((done, resident()))
    at, bytes_ = np.array(found, np.float64).T
    slope = float(np.polyfit(at, bytes_, 1)[0])
    seconds = time.perf_counter() - begin
    return Measured(what, count, found[0][1], found[-1][1], slope, seconds)


def _config() -> Config:
    return Config(network=NetworkConfig(hidden=(32,), max_delay_ms=50.0))


def _inputs() -> torch.Tensor:
    return torch.poisson(torch.full((N_STEPS, BATCH, *FRAME), 0.5))


def one_model() -> None:
    """Build a network, take one step of training, and drop it."""
    network = build(_config(), FRAME, CLASSES)
    optimizer = torch.optim.Adam(network.parameters())
    readout_loss(network(_inputs()), torch.arange(BATCH) % CLASSES).backward()
    optimizer.step()


class Noise(Dataset[tuple[torch.Tensor, int]]):
    """Samples of noise, each made when it is asked for.

    Args:
        samples: how many.
    """

    def __init__(self, samples: int) -> None:
        self.samples = samples

    def __len__(self) -> int:
        return self.samples

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        if index >= self.samples:
            raise IndexError
        return torch.randint(0, 2, (N_STEPS, *FRAME), dtype=torch.uint8), index % CLASSES


def batches(at_once: int) -> Callable[[], object]:
    """Evaluates some batches, as `polychrony evaluate` does."""
    network, data = build(_config(), FRAME, CLASSES), Noise(at_once * BATCH)
    return lambda: evaluate(network, data, batch_size=BATCH)  # type: ignore[arg-type]


def main() -> int:
    """Exit code: 0 if memory is flat."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--batches", type=int, default=10_000)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    at_once = max(1, asked.batches // (10 * POINTS))
    found = [
        measure("models", asked.models, one_model),
        measure(f"evaluations of {at_once} batches", asked.batches // at_once, batches(at_once)),
    ]
    for each in found:
        print(json.dumps({**vars(each), "flat": each.is_flat}))
    return 0 if all(each.is_flat for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
