"""Trials of a study, one after the other, beside other workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from optuna import Study, Trial
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from polychrony.experiments.exploration.evaluation import Evaluated
from polychrony.experiments.exploration.objectives import Objective
from polychrony.experiments.exploration.records import OUTCOME, Record, same_as, to_plain
from polychrony.experiments.exploration.space import Params, Space
from polychrony.experiments.exploration.study import records
from polychrony.experiments.exploration.workers import Worker, put_back

Evaluate = Callable[[Params], Evaluated]
Report = Callable[[Record | None, int], None]

POLL_S = 0.5
"""Time between two looks at the trials of other workers, s."""


def run_trials(
    study: Study,
    space: Space,
    objectives: Sequence[Objective],
    evaluate: Evaluate,
    count: int,
    report: Report,
) -> None:
    """Work on a study until it holds a number of finished trials, whoever runs them.

    Args:
        study: the study, with its sampler.
        space: what is varied.
        objectives: what is looked for.
        evaluate: measures a configuration.
        count: trials of the whole study.
        report: called with each trial that ends here (first with None), and the trials that are
            finished in all.
    """
    with Worker(study) as worker:
        report(None, _finished(study, count))
        while _more(study, worker, count):
            trial = study.ask()
            if trial.number >= count:  # another worker was faster; a longer study may use it
                put_back(study, trial)
                continue
            try:
                worker.own(trial)
                record = _run(study, trial, space, objectives, evaluate)
            except BaseException:
                put_back(study, trial)
                raise
            report(record, _finished(study, count))


def _within(study: Study, count: int) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False)[:count]


def _finished(study: Study, count: int) -> int:
    return sum(trial.state.is_finished() for trial in _within(study, count))


def _more(study: Study, worker: Worker, count: int) -> bool:
    """Whether there is a trial to run; waits for those of others, which may die."""
    while True:
        worker.take_back()
        trials = _within(study, count)
        if len(trials) < count or any(t.state == TrialState.WAITING for t in trials):
            return True
        if all(trial.state.is_finished() for trial in trials):
            return False
        time.sleep(POLL_S)


def _run(
    study: Study,
    trial: Trial,
    space: Space,
    objectives: Sequence[Objective],
    evaluate: Evaluate,
) -> Record:
    params = {
        name: trial.suggest_categorical(name, choices) for name, choices in space.choices.items()
    }
    known = same_as(records(study), params)
    if known is None:
        done = evaluate(params)
        record = Record(trial.number, params, done.measured, done.reason, None, done.seconds)
    else:
        record = Record(trial.number, params, known.measured, known.reason, known.number, 0.0)
    trial.set_user_attr(OUTCOME, to_plain(record))
    _tell(study, trial, record, objectives)
    return record


def _tell(study: Study, trial: Trial, record: Record, objectives: Sequence[Objective]) -> None:
    values = [record.measured[o.name] for o in objectives] if record.feasible else None
    state = TrialState.COMPLETE if record.feasible else TrialState.PRUNED
    try:
        study.tell(trial, values, state, skip_if_finished=True)
    except UpdateFinishedTrialError:
        return  # a worker that took this one for dead was faster, with the same outcome
