"""Steps of training in one process and in two, with as many samples in a step.

`torchrun --standalone --nproc-per-node 2 -m benchmarks.planning.measured_processes 64` trains with
64 samples in a step, and its first process prints losses and times.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from benchmarks.fresh import told
from polychrony.experiments.config import Config
from polychrony.experiments.data import open_split
from polychrony.experiments.recipes import digits
from polychrony.experiments.training import Trainer

GLOBAL_BATCH = 64
HIDDEN = (512, 512)
STEPS = 12
WARM_UP = 3
"""Steps that are not timed."""
WAYS = ((1, 1), (1, 2), (2, 1))
"""Processes, and threads of each."""


def config_of(batch_size: int) -> Config:
    """`digits` with larger layers; without dropout, which every process draws for itself."""
    config = digits()
    return replace(
        config,
        network=replace(config.network, hidden=HIDDEN, dropout=0.0),
        training=replace(config.training, batch_size=batch_size, device="cpu"),
    )


def steps(config: Config, folder: Path) -> dict[str, Any]:
    """Train some steps in this process, and in those that were started with it.

    Returns:
        Losses of the whole batch; median time of a step, and of the CPU in the process that had
        most to do, s.
    """
    train, valid = (open_split("digits", config, split) for split in ("train", "valid"))
    trainer = Trainer(config, train, valid, folder)
    trainer.network.train()
    losses, wall, busy = [], [], []
    for (x, labels, _), _ in zip(trainer.loader, range(STEPS), strict=False):
        started = time.perf_counter(), time.process_time()
        result = trainer.rule.step(x, labels)
        wall.append(time.perf_counter() - started[0])
        busy.append(time.process_time() - started[1])
        losses.append(float(trainer.accelerator.reduce(result.loss, "mean")))
    own = torch.tensor([statistics.median(busy[WARM_UP:])], dtype=torch.float64)
    most = float(trainer.accelerator.gather(own).max())
    return {"losses": losses, "seconds": statistics.median(wall[WARM_UP:]), "cpu_seconds": most}


def measured(processes: int, threads: int) -> dict[str, Any]:
    """The same, in so many fresh processes of so many threads.

    Raises:
        UserError: they failed.
    """
    command: list[str] = []
    if processes > 1:
        command += ["-m", "torch.distributed.run", "--standalone"]
        command += ["--nproc-per-node", str(processes)]
    command += ["-m", "benchmarks.planning.measured_processes", str(GLOBAL_BATCH // processes)]
    limits = {"OMP_NUM_THREADS": str(threads), "NUMBA_NUM_THREADS": str(threads)}
    return {"processes": processes, "threads": threads, **told(command, limits)}


def _main(words: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = steps(config_of(int(words[0])), Path(folder))
    if os.environ.get("RANK", "0") == "0":
        print(json.dumps(found))


if __name__ == "__main__":
    _main(sys.argv[1:])
