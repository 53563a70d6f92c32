"""A worker in a process of its own: python work.py URL SAMPLER TRIALS KILL_AT FOLDER WORKERS.

It measures a made-up function, kills itself in its KILL_AT-th trial (never if 0), and waits in its
first trial until WORKERS workers have one.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from polychrony.experiments.exploration.evaluation import Evaluated
from polychrony.experiments.exploration.objectives import choose
from polychrony.experiments.exploration.runner import run_trials
from polychrony.experiments.exploration.samplers import make_sampler
from polychrony.experiments.exploration.space import Space
from polychrony.experiments.exploration.study import open_study, storage_errors
from polychrony.hardware import get_chip

SPACE = Space(
    get_chip("loihi"),
    ["neurons-per-core=16,32,64,128", "weight-bits=4,5,6,7,8", "mesh=2x2,4x4"],
)
OBJECTIVES = choose(["energy", "accuracy"])
SEED = 3


def measure(params):
    """A function with a trade-off, and a corner in which nothing fits."""
    neurons, bits = params["neurons-per-core"], params["weight-bits"]
    if neurons == 16 and params["mesh"] == "2x2":
        return Evaluated({}, "too many cores", 0.0)
    measured = {"energy": bits * 1e-6 + neurons * 1e-9, "accuracy": 1 - 2.0**-bits - 1e-5 * neurons}
    return Evaluated(measured, "", 0.0)


def work(url, sampler, trials, evaluate=measure):
    """Work on the study until it holds a number of trials; returns it."""
    with storage_errors(url):
        study = open_study(url, "s", {"sampler": sampler}, OBJECTIVES)
        study.sampler = make_sampler(sampler, SPACE, SEED)
        run_trials(study, SPACE, OBJECTIVES, evaluate, trials, lambda record, done: None)
    return study


def main(url, sampler, trials, kill_at, folder, workers):
    calls = 0

    def evaluate(params):
        nonlocal calls
        calls += 1
        if calls == 1:
            (Path(folder) / str(os.getpid())).touch()
            while len(list(Path(folder).iterdir())) < int(workers):
                time.sleep(0.01)
        if calls == int(kill_at):
            os.kill(os.getpid(), signal.SIGKILL)
        return measure(params)

    work(url, sampler, int(trials), evaluate)


if __name__ == "__main__":
    main(*sys.argv[1:])
