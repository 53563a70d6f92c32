"""Studies that outlive their processes, and workers that share them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from polychrony.experiments.exploration.study import file_url, open_study, records
from polychrony.experiments.exploration.workers import put_back

WORK = Path(__file__).with_name("work.py")
SAMPLERS = ("tpe", "nsga2", "random", "grid")


@pytest.fixture(scope="module")
def made_up():
    """The module `work`, as its processes run it."""
    sys.path.insert(0, str(WORK.parent))
    try:
        import work
    finally:
        sys.path.remove(str(WORK.parent))
    return work


@pytest.fixture
def begin(tmp_path):
    """Starts a worker; all of a test meet in one folder."""
    folder = tmp_path / "meeting"
    folder.mkdir()

    def start(url, sampler, trials, kill_at=0, workers=1):
        words = [url, sampler, trials, kill_at, folder, workers]
        command = [sys.executable, str(WORK), *map(str, words)]
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    return start


def outcomes(study):
    return [(r.number, r.params, r.measured, r.reason, r.repeats) for r in records(study)]


@pytest.mark.slow
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_killed_study_goes_on_as_if_it_had_not_been_killed(sampler, made_up, begin, tmp_path):
    whole = made_up.work(file_url(tmp_path / "whole.db"), sampler, 22)
    url = file_url(tmp_path / "killed.db")
    killed = begin(url, sampler, 22, kill_at=12)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    left = optuna.load_study(study_name="s", storage=url)
    before = outcomes(left)
    assert len(before) >= 11
    assert [t.state for t in left.trials[len(before) :]] == [TrialState.RUNNING]
    study = made_up.work(url, sampler, 22)
    assert outcomes(study) == outcomes(whole)
    assert outcomes(study)[: len(before)] == before
    assert [trial.number for trial in study.trials] == list(range(22))


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_longer_study_begins_with_the_shorter_one(sampler, made_up, tmp_path):
    whole = made_up.work(file_url(tmp_path / "whole.db"), sampler, 20)
    url = file_url(tmp_path / "longer.db")
    made_up.work(url, sampler, 12)
    assert outcomes(made_up.work(url, sampler, 20)) == outcomes(whole)


def test_a_study_that_is_done_runs_nothing(made_up, tmp_path):
    url = file_url(tmp_path / "s.db")
    made_up.work(url, "random", 5)

    def refuse(params):
        raise AssertionError(params)

    assert len(made_up.work(url, "random", 5, refuse).trials) == 5
    assert len(made_up.work(url, "random", 3, refuse).trials) == 5


@pytest.mark.slow
def test_two_workers_share_the_trials(made_up, begin, tmp_path):
    url = file_url(tmp_path / "shared.db")
    both = [begin(url, "grid", 40, workers=2) for _ in range(2)]
    said = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    study = optuna.load_study(study_name="s", storage=url)
    tried = records(study)
    assert [record.number for record in tried] == list(range(40))
    assert all(record.repeats is None for record in tried)
    assert len({tuple(record.params.values()) for record in tried}) == made_up.SPACE.size == 40
    assert len({trial.user_attrs["worker"] for trial in study.trials[:40]}) == 2


@pytest.mark.slow
def test_the_trial_of_a_worker_that_dies_is_done_by_the_other(made_up, begin, tmp_path):
    url = file_url(tmp_path / "shared.db")
    dying, living = begin(url, "random", 12, 1, workers=2), begin(url, "random", 12, workers=2)
    said = living.communicate()[1]
    dying.communicate()
    assert (dying.returncode, living.returncode) == (-signal.SIGKILL, 0), said
    study = optuna.load_study(study_name="s", storage=url)
    alone = made_up.work(file_url(tmp_path / "alone.db"), "random", 12)
    assert [(r.number, r.params) for r in records(study)] == [
        (r.number, r.params) for r in records(alone)
    ]
    assert len({trial.user_attrs["worker"] for trial in study.trials[:12]}) == 1


def test_what_interrupts_a_trial_leaves_it_to_be_run_again(made_up, tmp_path):
    url = file_url(tmp_path / "s.db")
    whole = made_up.work(file_url(tmp_path / "whole.db"), "tpe", 12)
    calls = []

    def stop(params):
        calls.append(params)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return made_up.measure(params)

    with pytest.raises(KeyboardInterrupt):
        made_up.work(url, "tpe", 12, stop)
    study = optuna.load_study(study_name="s", storage=url)
    assert study.trials[-1].state == TrialState.WAITING
    assert outcomes(made_up.work(url, "tpe", 12)) == outcomes(whole)


def test_a_trial_too_many_waits_for_a_longer_study(made_up, tmp_path):
    url = file_url(tmp_path / "s.db")
    study = made_up.work(url, "random", 3)
    put_back(study, study.ask())
    assert len(records(made_up.work(url, "random", 3))) == 3
    assert [record.number for record in records(made_up.work(url, "random", 5))] == [0, 1, 2, 3, 4]


def test_a_configuration_that_comes_again_is_not_measured_again(made_up, tmp_path):
    measured = []

    def count(params):
        measured.append(tuple(params.values()))
        return made_up.measure(params)

    tried = records(made_up.work(file_url(tmp_path / "s.db"), "random", 30, count))
    assert len(measured) == len(set(measured)) < 30
    for record in tried:
        if record.repeats is not None:
            first = tried[record.repeats]
            same = (first.params, first.measured, first.reason, first.repeats)
            assert (record.params, record.measured, record.reason, None) == same


def test_a_configuration_that_does_not_fit_is_kept_with_its_reason(made_up, tmp_path):
    study = made_up.work(file_url(tmp_path / "s.db"), "grid", 40)
    unfit = [record for record in records(study) if record.outcome == "infeasible"]
    assert len(unfit) == 5
    assert {record.reason for record in unfit} == {"too many cores"}
    assert {study.trials[record.number].state for record in unfit} == {TrialState.PRUNED}


def test_another_question_under_the_same_name_is_refused(made_up, tmp_path):
    url = file_url(tmp_path / "s.db")
    open_study(url, "s", {"seed": 0, "varied": {"buffer": [1, 2]}}, made_up.OBJECTIVES)
    with pytest.raises(ValueError, match="was begun with seed 0, not 1; give it another name"):
        open_study(url, "s", {"seed": 1, "varied": {"buffer": [1, 2]}}, made_up.OBJECTIVES)
    with pytest.raises(ValueError, match="begun with varied buffer=1,2, not buffer=1,4"):
        open_study(url, "s", {"seed": 0, "varied": {"buffer": [1, 4]}}, made_up.OBJECTIVES)
