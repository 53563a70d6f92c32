from __future__ import annotations

import os
import subprocess
import sys
import time

import optuna
import pytest
from optuna.trial import TrialState

from polychrony.experiments.exploration.workers import SILENCE_S, Worker, is_dead


@pytest.fixture
def study():
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study()


@pytest.fixture
def said(study):
    """What a worker that is this process says of itself."""
    with Worker(study) as worker:
        yield dict(study.user_attrs[worker.name])


def test_a_worker_is_alive_while_its_process_is(said):
    assert not is_dead(said, time.time())
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert is_dead({**said, "pid": process.pid}, time.time())


def test_a_corpse_that_nobody_has_buried_is_dead(said):
    process = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert is_dead({**said, "pid": process.pid}, time.time())
    process.wait()


def test_another_process_with_the_same_number_is_another(said):
    assert is_dead({**said, "started": "1"}, time.time())


def test_a_worker_elsewhere_is_dead_when_it_has_been_silent_for_long(said):
    elsewhere = {**said, "place": "another machine", "pid": 1}
    assert not is_dead(elsewhere, said["alive"] + SILENCE_S - 1)
    assert is_dead(elsewhere, said["alive"] + SILENCE_S + 1)


def test_a_worker_that_has_left_is_dead(study):
    with Worker(study) as worker:
        pass
    assert is_dead(study.user_attrs[worker.name], time.time())


def test_trials_of_the_living_are_left_alone(study):
    with Worker(study) as one, Worker(study) as other:
        trial = study.ask()
        other.own(trial)
        one.take_back()
        assert study.trials[0].state == TrialState.RUNNING
        nobodys = study.ask()
        one.take_back()
        assert study.trials[nobodys.number].state == TrialState.RUNNING


def test_trials_of_the_dead_and_of_nobody_wait_for_a_worker(study):
    with Worker(study) as one:
        with Worker(study) as other:
            other.own(study.ask())
            study.ask()
        one.take_back()
        assert [trial.state for trial in study.trials] == [TrialState.WAITING] * 2
