"""Workers that share a study on a database server: that of $POLYCHRONY_STORAGE, as
postgresql+psycopg://user@host/postgres, where the user may make databases."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import optuna
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from polychrony.experiments.exploration.study import file_url, records

WORK = Path(__file__).with_name("work.py")
SERVER = os.environ.get("POLYCHRONY_STORAGE", "")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SERVER, reason="no database server: set POLYCHRONY_STORAGE"),
]


@pytest.fixture
def database():
    """A database of a test's own."""
    name = f"polychrony_{uuid.uuid4().hex[:12]}"
    engine = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def begin(url, trials, kill_at, folder, workers):
    folder.mkdir(exist_ok=True)
    words = [url, "random", trials, kill_at, folder, workers]
    return subprocess.Popen([sys.executable, str(WORK), *map(str, words)])


def read(url):
    """Finished trials of the study as the storage holds them, and as records."""
    storage = optuna.storages.RDBStorage(url)
    try:
        assert optuna.get_all_study_names(storage) == ["s"]
        study = optuna.load_study(study_name="s", storage=storage)
        told = [(r.number, r.params, r.measured, r.reason, r.repeats) for r in records(study)]
        return [t for t in study.trials if t.state.is_finished()], told
    finally:
        storage.remove_session()
        storage.engine.dispose()


def test_a_shared_study_loses_nothing_when_workers_are_killed(database, tmp_path):
    both = [begin(database, 40, kill_at, tmp_path / "both", 2) for kill_at in (6, 11)]
    assert [worker.wait() for worker in both] == [-signal.SIGKILL] * 2
    before, _ = read(database)
    assert len(before) >= 10
    assert begin(database, 40, 0, tmp_path / "alone", 1).wait() == 0
    finished, told = read(database)
    assert [trial.number for trial in finished] == list(range(40))
    for trial in before:
        assert finished[trial.number].datetime_complete == trial.datetime_complete
        assert finished[trial.number].values == trial.values
    url = file_url(tmp_path / "whole.db")
    assert begin(url, 40, 0, tmp_path / "whole", 1).wait() == 0
    assert read(url)[1] == told
