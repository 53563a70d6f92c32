"""Archives, whole and damaged, honest and not."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from polychrony.datasets import DataError
from polychrony.datasets.fetching import archives
from polychrony.datasets.fetching.archives import unpack


def make_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def make_tar(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_only_what_is_wanted_appears(tmp_path: Path, make) -> None:
    path = make(tmp_path / "a", {"Train/0/x.bin": b"1", "__MACOSX/y": b"2", "readme": b"3"})
    unpack(path, tmp_path, ["Train"])
    assert {p.name for p in tmp_path.iterdir()} == {"a", "Train"}
    assert (tmp_path / "Train" / "0" / "x.bin").read_bytes() == b"1"


def test_what_is_there_already_stays(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"x/new": b"", "y/new": b""})
    (tmp_path / "x").mkdir()
    unpack(path, tmp_path, ["x", "y"])
    assert not (tmp_path / "x" / "new").exists()
    assert (tmp_path / "y" / "new").exists()


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_damaged_archives_leave_nothing(tmp_path: Path, make) -> None:
    path = make(tmp_path / "a", {"x/1": bytes(range(256)) * 40, "x/2": b"content" * 99})
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"no archive", whole[:60] + whole[90:]):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"cannot be unpacked: .*fetch it again$"):
            unpack(path, tmp_path, ["x"])
        assert [p.name for p in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_members_never_leave_the_folder(tmp_path: Path, make) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    path = make(inside / "a", {"x/1": b"", "../../evil": b"", "../evil": b""})
    try:
        unpack(path, inside, ["x"])
    except DataError as refused:
        assert "cannot be unpacked" in str(refused)
    assert {p.name for p in tmp_path.iterdir()} == {"inside"}
    assert {p.name for p in inside.iterdir()} <= {"a", "x"}


def test_another_archive_is_told(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"z": b""})
    with pytest.raises(DataError, match="does not hold x, y"):
        unpack(path, tmp_path, ["x", "y"])


def test_a_full_disk_is_told_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_zip(tmp_path / "a.zip", {"x": b"0123456789"})
    usage = archives.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda _: usage._replace(free=9))
    with pytest.raises(DataError, match="unpacks to 10 bytes, and 9 are free"):
        unpack(path, tmp_path, ["x"])
