"""Processes that share a study: who is at work, and whose work has to be done again.

A worker that is killed leaves a trial behind that says for ever that it is running. Each worker
therefore says in the study where it runs and, every few seconds, that it is alive. A worker on the
same machine is dead when its process is gone; one elsewhere when it has been silent too long.
"""

from __future__ import annotations

import contextlib
import os
import platform
import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optuna import Study, Trial
from optuna.exceptions import OptunaError, UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

BEAT_S = 20.0
"""Time between two signs of life, s."""

SILENCE_S = 120.0
"""Time without a sign of life after which a worker elsewhere is taken for dead, s."""

_WORKER = "worker"


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def _place() -> str:
    """Where process numbers mean the same: a machine since it was started, or a container in it."""
    try:
        container = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        container = ""
    return " ".join([platform.node(), _read("/proc/sys/kernel/random/boot_id"), container])


def _started(pid: int) -> str:
    """When a process was started, in ticks; empty if it is gone or is a corpse, or nobody tells."""
    state, *rest = _read(f"/proc/{pid}/stat").rpartition(")")[2].split() or [""]
    return "" if state in ("", "Z", "X") else rest[18]


def is_dead(worker: Mapping[str, Any], now: float) -> bool:
    """Whether a worker will not finish its trial.

    Args:
        worker: what it said of itself.
        now: time, s since 1970.
    """
    if worker["done"] or now - worker["alive"] > SILENCE_S:
        return True
    here = worker["place"] == _place() and bool(worker["started"])
    return here and _started(worker["pid"]) != worker["started"]


class Worker:
    """This process, as one of those at work on a study; a context manager.

    Args:
        study: the study.
    """

    def __init__(self, study: Study) -> None:
        self.study, self.name = study, f"{_WORKER} {uuid.uuid4().hex[:12]}"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Worker:
        self._say()
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()
        self._say(done=True)

    def _say(self, done: bool = False) -> None:
        pid = os.getpid()
        content = {"place": _place(), "pid": pid, "started": _started(pid), "done": done}
        self.study.set_user_attr(self.name, {**content, "alive": time.time()})

    def _beat(self) -> None:
        while not self._stop.wait(BEAT_S):
            try:
                self._say()
            except OptunaError:
                continue  # the storage is busy: the next sign of life is soon enough

    def own(self, trial: Trial) -> None:
        """Say that a trial is in the hands of this worker."""
        trial.set_user_attr(_WORKER, self.name)

    def take_back(self) -> None:
        """Put the trials of dead workers back, to be run again under their numbers."""
        running = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        if not running:
            return
        now, said = time.time(), self.study.user_attrs
        others = {n: w for n, w in said.items() if n.startswith(_WORKER) and n != self.name}
        dead = {name for name, worker in others.items() if is_dead(worker, now)}
        for trial in running:
            owner = trial.user_attrs.get(_WORKER)
            # A worker may have died before it could say that a trial is its own.
            if owner in dead or (owner is None and len(dead) == len(others)):
                put_back(self.study, trial)


def put_back(study: Study, trial: FrozenTrial | Trial) -> None:
    """Let a trial that was begun wait for a worker, with its number and its parameters.

    Should another worker finish it in the meantime, it stays finished: a trial has one outcome,
    whoever runs it.
    """
    with contextlib.suppress(UpdateFinishedTrialError):
        study._storage.set_trial_state_values(trial._trial_id, state=TrialState.WAITING)
