"""Files are whole or not there."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from polychrony.experiments.errors import UserError
from polychrony.experiments.files import check_writable, read_json, write_atomically, write_json


def test_json_comes_back(tmp_path):
    path = tmp_path / "new" / "folder" / "x.json"
    write_json(path, {"a": [1, 2.5, None, "µ"]})
    assert read_json(path) == {"a": [1, 2.5, None, "µ"]}
    assert [p.name for p in path.parent.iterdir()] == ["x.json"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "x"
    path.write_text("old")

    def half(temporary: Path) -> None:
        temporary.write_text("new, but")
        raise OSError(28, "No space left on device")

    with pytest.raises(UserError, match="No space left"):
        write_atomically(path, half)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def _half_then_killed(temporary: Path) -> None:
    temporary.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_json_cannot_say_is_not_written(tmp_path):
    with pytest.raises(ValueError):
        write_json(tmp_path / "x.json", {"a": float("nan")})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["", "{", "\udcff"])
def test_a_damaged_file_is_told_by_name(text, tmp_path):
    path = tmp_path / "x.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UserError, match=r"x\.json"):
        read_json(path)


def test_a_missing_file_is_told_by_name(tmp_path):
    with pytest.raises(UserError, match=r"x\.json does not exist"):
        read_json(tmp_path / "x.json")


def test_looking_whether_a_file_can_be_written_writes_nothing(tmp_path):
    check_writable(tmp_path / "a" / "b" / "x.json")
    check_writable(Path("x.json"))
    (tmp_path / "file").write_text("")
    for bad in (tmp_path, tmp_path / "file" / "x.json", tmp_path / "file" / "a" / "x.json"):
        with pytest.raises(UserError, match="cannot be written"):
            check_writable(bad)
        with pytest.raises(UserError, match="cannot be written"):
            write_json(bad, {})
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_folder_without_permission_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(UserError, match="permission"):
        check_writable(tmp_path / "x.json")


def test_text_is_ascii_for_every_locale(tmp_path):
    write_json(tmp_path / "x.json", "µ")
    assert json.loads((tmp_path / "x.json").read_bytes().decode("ascii")) == "µ"


def test_what_a_killed_writer_left_is_removed_by_the_next(tmp_path):
    process = multiprocessing.get_context("spawn").Process(
        target=write_atomically, args=(tmp_path / "x", _half_then_killed)
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert left.is_dir() and (left / "x").read_text() == "half"
    write_atomically(tmp_path / "x", lambda path: path.write_text("whole") and None)
    assert [p.name for p in tmp_path.iterdir()] == ["x"]
