import json
import os
import threading
import time
from pathlib import Path

import pytest

from polychrony.datasets import DataError
from polychrony.datasets.cache import (
    MARKER,
    build_once,
    cache_root,
    content_key,
    file_identity,
)
from polychrony.datasets.work_folder import STALE_AFTER_S


class Builder:
    """Writes one file and counts how often it was asked to."""

    def __init__(self, text: str = "done") -> None:
        self.calls = 0
        self.text = text

    def __call__(self, folder: Path) -> None:
        self.calls += 1
        (folder / "a.txt").write_text(self.text)


def test_an_entry_is_built_once(tmp_path: Path) -> None:
    build = Builder()
    first = build_once({"dt": 0.01}, build, folder=tmp_path)
    assert build_once({"dt": 0.01}, build, folder=tmp_path) == first
    assert build.calls == 1
    assert (first / "a.txt").read_text() == "done"
    assert json.loads((first / MARKER).read_text())["parameters"] == {"dt": 0.01}


def test_another_parameter_is_another_entry(tmp_path: Path) -> None:
    build = Builder()
    build_once({"dt": 0.01}, build, folder=tmp_path)
    build_once({"dt": 0.02}, build, folder=tmp_path)
    assert build.calls == 2


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "a.txt").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_once({}, fail, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert (build_once({}, Builder(), folder=tmp_path) / "a.txt").read_text() == "done"


def test_what_a_killed_build_left_is_not_taken_for_an_entry(tmp_path: Path) -> None:
    killed = tmp_path / f".{content_key({})}-x.tmp"
    killed.mkdir()
    (killed / "a.txt").write_text("half")
    assert (build_once({}, Builder(), folder=tmp_path) / "a.txt").read_text() == "done"
    assert killed.exists()  # it may belong to a process at work
    old = time.time() - STALE_AFTER_S - 1
    os.utime(killed, (old, old))
    build_once({"other": 1}, Builder(), folder=tmp_path)
    assert not killed.exists()


@pytest.mark.parametrize("damage", ["cut", "unmarked", "missing"])
def test_a_damaged_entry_is_built_again(tmp_path: Path, damage: str) -> None:
    entry = build_once({}, Builder(), folder=tmp_path)
    if damage == "cut":
        (entry / "a.txt").write_text("do")
    else:
        (entry / {"unmarked": MARKER, "missing": "a.txt"}[damage]).unlink()
    build = Builder("again")
    assert (build_once({}, build, folder=tmp_path) / "a.txt").read_text() == "again"
    assert build.calls == 1
    assert [p.name for p in tmp_path.iterdir()] == [entry.name]


def test_of_two_builders_at_once_one_wins_and_both_return(tmp_path: Path) -> None:
    meet = threading.Barrier(2)
    entries: list[Path] = []

    def build(folder: Path) -> None:
        (folder / "a.txt").write_text("same")
        meet.wait(10)

    run = lambda: entries.append(build_once({}, build, folder=tmp_path))  # noqa: E731
    workers = [threading.Thread(target=run) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(entries) == 2 and entries[0] == entries[1]
    assert [p.name for p in tmp_path.iterdir()] == [entries[0].name]


def test_the_folder_is_named_by_argument_then_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("POLYCHRONY_CACHE", raising=False)
    assert cache_root() == tmp_path / "xdg" / "polychrony"
    monkeypatch.setenv("POLYCHRONY_CACHE", str(tmp_path / "env"))
    assert cache_root() == tmp_path / "env"
    assert cache_root(tmp_path / "arg") == tmp_path / "arg"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="POLYCHRONY_CACHE"):
        build_once({}, Builder(), folder=tmp_path / "file")


def test_a_changed_file_has_another_identity(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("1")
    before = file_identity(path)
    assert before == file_identity(path)
    os.utime(path, ns=(0, before["mtime_ns"] + 1))
    assert file_identity(path) != before
