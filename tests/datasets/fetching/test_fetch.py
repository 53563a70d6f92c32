"""Whole sets, from a server to the folder that a reader looks into."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from pathlib import Path

import pytest

from polychrony.datasets import DataError
from polychrony.datasets.fetching import CATALOGUE, Archive, PublicSet, fetch, is_complete
from polychrony.datasets.fetching.digests import LENGTHS


def zipped(name: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"{name}/sample", name)
    return content.getvalue()


@pytest.fixture
def catalogue(site, monkeypatch: pytest.MonkeyPatch) -> dict[str, PublicSet]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    site.files = {"/1": zipped("Train"), "/2": zipped("Test")}
    digest = f"md5:{hashlib.md5(site.files['/1']).hexdigest()}"
    archives = (
        Archive("train.zip", f"{site.url}/1", digest, ("Train",)),
        Archive("test.zip", f"{site.url}/2", None, ("Test",)),
    )
    by_hand = (Archive("train.zip", None, digest, ("Train",)),)
    page = "https://example.org/set"
    return {
        "set": PublicSet("A set", page, "CC0", "nobody", "Set", archives),
        "hand": PublicSet("A shy set", page, "CC0", "nobody", "", by_hand),
    }


def test_a_set_is_fetched_unpacked_and_not_fetched_again(site, catalogue, tmp_path: Path) -> None:
    told: list[str] = []
    assert not is_complete(catalogue["set"], tmp_path)
    fetched = fetch(
        "set", tmp_path, catalogue=catalogue, progress=lambda name, *_: told.append(name)
    )
    assert [f.name for f in fetched] == ["train.zip", "test.zip"]
    assert fetched[1].sha256 == hashlib.sha256(site.files["/2"]).hexdigest()
    assert (tmp_path / "Set" / "Test" / "sample").read_text() == "Test"
    assert set(told) == {"train.zip", "test.zip"}
    assert is_complete(catalogue["set"], tmp_path)
    assert fetch("set", tmp_path, catalogue=catalogue) == fetched
    for archive in (tmp_path / "Set").glob("*.zip"):
        archive.unlink()
    assert [f.sha256 for f in fetch("set", tmp_path, catalogue=catalogue)] == [None, None]
    assert len(site.asked) == 2


def test_a_mirror_that_is_gone_says_what_to_do_by_hand(site, catalogue, tmp_path: Path) -> None:
    del site.files["/2"]
    with pytest.raises(DataError) as caught:
        fetch("set", tmp_path, catalogue=catalogue)
    for word in (f"{site.url}/2 is gone", "404", "test.zip", "https://example.org/set", "Set"):
        assert word in str(caught.value)
    (tmp_path / "Set" / "test.zip").write_bytes(zipped("Test"))
    fetch("set", tmp_path, catalogue=catalogue)
    assert is_complete(catalogue["set"], tmp_path)


def test_what_can_be_had_by_hand_only_is_checked_and_unpacked(
    site, catalogue, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"by hand only: get train\.zip from https://example\.org"):
        fetch("hand", tmp_path, catalogue=catalogue)
    (tmp_path / "train.zip").write_bytes(zipped("Other"))
    with pytest.raises(DataError, match="is not the published file"):
        fetch("hand", tmp_path, catalogue=catalogue)
    (tmp_path / "train.zip").write_bytes(site.files["/1"])
    (tmp_path / "train.zip.sha256").unlink(missing_ok=True)
    fetch("hand", tmp_path, catalogue=catalogue)
    assert (tmp_path / "Train" / "sample").is_file()
    assert not site.asked


def test_an_archive_that_changed_is_told(catalogue, tmp_path: Path) -> None:
    fetch("set", tmp_path, catalogue=catalogue)
    (tmp_path / "Set" / "test.zip").write_bytes(b"changed")
    with pytest.raises(DataError, match=r"test\.zip has changed since it was fetched"):
        fetch("set", tmp_path, catalogue=catalogue)


def test_an_unknown_set_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no public set 'mnist'; there are shd, ssc, nmnist"):
        fetch("mnist", tmp_path)


def test_the_catalogue_is_in_order() -> None:
    archives = [archive for public in CATALOGUE.values() for archive in public.archives]
    assert len({archive.url for archive in archives if archive.url}) == len(archives) - 1
    for archive in archives:
        assert archive.makes
        assert archive.url is None or archive.url.startswith("https://")
        if archive.digest is not None:
            algorithm, _, digest = archive.digest.partition(":")
            assert re.fullmatch(rf"[0-9a-f]{{{LENGTHS[algorithm]}}}", digest)
    assert all(public.page.startswith("https://") for public in CATALOGUE.values())
