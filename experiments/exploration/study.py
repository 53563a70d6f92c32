"""Studies in a storage, which outlive the process and may be shared by several."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
from optuna import Study
from optuna.exceptions import OptunaError
from optuna.storages import RDBStorage
from optuna.trial import TrialState
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from polychrony.experiments.errors import UserError
from polychrony.experiments.exploration.objectives import Objective
from polychrony.experiments.exploration.records import OUTCOME, Record, settled

_QUESTION, _TRIES, _LOCK_S = "question", 8, 60.0


def file_url(path: Path) -> str:
    """Storage in an SQLite file."""
    return f"sqlite:///{path.absolute()}"


def public(url: str) -> str:
    """A storage's URL without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):  # the latter where a port is no number
        return re.sub(r"(//[^:/@]*):[^/]*@", r"\1:***@", url)


@contextmanager
def storage_errors(url: str) -> Iterator[None]:
    """Turn what a storage complains about into one line.

    Args:
        url: the storage.

    Raises:
        UserError: the storage cannot be used.
    """
    try:
        _ = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise UserError(
            f"--storage {public(url)} is no URL of a storage; give one such as "
            "sqlite:///studies.db or postgresql+psycopg://user@host/name"
        ) from error
    try:
        yield
    except (ArgumentError, ImportError) as error:
        raise UserError(
            f"--storage {public(url)} cannot be used: {_first_line(error)}; give a URL such as "
            "sqlite:///studies.db or postgresql+psycopg://user@host/name, and install its driver"
        ) from error
    except (OptunaError, SQLAlchemyError) as error:
        cause = error.__cause__ or error
        raise UserError(
            f"the storage {public(url)} failed: {_first_line(cause)}; finished configurations are "
            "kept: mend it, and give the same command to go on"
        ) from error


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(". ")


def _open_storage(url: str) -> RDBStorage:
    """A storage; workers that begin together may get in each other's way while they make it."""
    arguments: dict[str, Any] = {"pool_pre_ping": True}
    if make_url(url).get_backend_name() == "sqlite":
        arguments["connect_args"] = {"timeout": _LOCK_S}
    for attempt in range(_TRIES):
        try:
            return RDBStorage(url, engine_kwargs=arguments)
        except SQLAlchemyError:
            if attempt == _TRIES - 1:
                raise
            time.sleep(random.uniform(0.05, 0.5))
    raise AssertionError("the last attempt returns or raises")


def open_study(
    url: str, name: str, question: Mapping[str, Any], objectives: Sequence[Objective]
) -> Study:
    """A new study, or the one that has this name.

    Args:
        url: the storage.
        name: name of the study.
        question: everything that its outcomes depend on, as plain values.
        objectives: what is looked for.

    Returns:
        The study.

    Raises:
        UserError: a study of this name asks something else.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        storage=_open_storage(url),
        study_name=name,
        directions=[objective.direction for objective in objectives],
        load_if_exists=True,
    )
    if _QUESTION not in study.user_attrs:
        study.set_user_attr(_QUESTION, dict(question))
    asked = study.user_attrs[_QUESTION]
    for key in question:
        if asked.get(key) != question[key]:
            raise UserError(
                f"the study {name!r} was begun with {key} {_shown(asked.get(key))}, not "
                f"{_shown(question[key])}; give it another name with --study, or the same options"
            )
    return study


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name}={','.join(map(str, inner))}" for name, inner in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def records(study: Study) -> list[Record]:
    """Every finished trial of a study, by number."""
    done = (TrialState.COMPLETE, TrialState.PRUNED)
    return settled(
        Record(trial.number, dict(trial.params), **trial.user_attrs[OUTCOME])
        for trial in study.get_trials(deepcopy=False, states=done)
    )
