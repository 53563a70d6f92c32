"""What killed processes leave is removed, and what living ones work in is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from polychrony.datasets import work_folder as module
from polychrony.datasets.work_folder import STALE_AFTER_S, is_work_folder, work_folder

WORKER = """
import sys, time
from pathlib import Path
from polychrony.datasets.work_folder import work_folder
with work_folder(Path(sys.argv[1]), "a") as folder:
    (folder / "half").touch()
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def worker(tmp_path: Path):
    """A process at work in a folder for `a`."""
    command = [sys.executable, "-c", WORKER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_is_gone_afterwards_or_has_another_name(tmp_path: Path) -> None:
    with work_folder(tmp_path, "a") as folder:
        (folder / "x").touch()
        assert is_work_folder(folder, "a") and not is_work_folder(folder, "b")
    assert names(tmp_path) == []
    with work_folder(tmp_path, "a") as folder:
        folder.rename(tmp_path / "a")
    assert names(tmp_path) == ["a"]


def test_what_a_living_process_works_in_stays(worker, tmp_path: Path) -> None:
    (before,) = names(tmp_path)
    with work_folder(tmp_path, "a"):
        assert before in names(tmp_path)
    assert names(tmp_path) == [before]


def test_what_a_killed_process_left_is_removed_at_once(worker, tmp_path: Path) -> None:
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    with work_folder(tmp_path, "b"):
        pass
    assert len(names(tmp_path)) == 1  # of another name
    with work_folder(tmp_path, "a") as folder:
        assert names(tmp_path) == [folder.name]


def test_a_pattern_names_the_remains_of_several(worker, tmp_path: Path) -> None:
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    with work_folder(tmp_path, "b", remains_of="*") as folder:
        assert names(tmp_path) == [folder.name]


def test_names_are_no_patterns(tmp_path: Path) -> None:
    (tmp_path / f".ab-{module._machine()}-xxxx.tmp").mkdir()
    with work_folder(tmp_path, "a[b]"), work_folder(tmp_path, "a*"):
        pass
    assert len(names(tmp_path)) == 1


@pytest.mark.parametrize("where", ["another machine", "no locks"])
def test_elsewhere_age_tells(where: str, tmp_path: Path, monkeypatch) -> None:
    left = tmp_path / f".a-{'0' * 8 if where == 'another machine' else module._machine()}-x.tmp"
    left.mkdir()
    if where == "no locks":
        monkeypatch.setattr(module, "lock_file", lambda *_, **__: None)
    with work_folder(tmp_path, "a"):
        assert left.exists()
    old = time.time() - STALE_AFTER_S - 1
    os.utime(left, (old, old))
    with work_folder(tmp_path, "a"):
        assert not left.exists()


def test_many_at_once_do_not_take_each_others_for_remains(tmp_path: Path) -> None:
    lost: list[Path] = []

    def work() -> None:
        for _ in range(100):
            with work_folder(tmp_path, "a") as folder:
                (folder / "x").touch()
                if not (folder / "x").exists():
                    lost.append(folder)

    workers = [threading.Thread(target=work) for _ in range(6)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert lost == [] and names(tmp_path) == []
