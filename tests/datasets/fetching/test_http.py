"""Downloads from a server beside the test."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

import numpy as np
import pytest

from polychrony.datasets import DataError
from polychrony.datasets.fetching import http
from polychrony.datasets.fetching.http import download

CONTENT = np.random.default_rng(0).integers(0, 256, 5000).astype(np.uint8).tobytes()
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "CHUNK", 512)
    monkeypatch.setattr(http, "PAUSE", 0.0)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def stopped(site, path: Path, after: int = 1500) -> None:
    """Leaves what a download leaves that was killed after some bytes."""

    def kill(done: int, _: int) -> None:
        if done >= after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(f"{site.url}/a.zip", path, progress=kill)


@pytest.fixture
def path(site, tmp_path: Path) -> Path:
    site.files["/a.zip"] = CONTENT
    return tmp_path / "deep" / "a.zip"


def test_a_file_arrives_whole_with_its_hash_beside_it(site, path: Path) -> None:
    told: list[tuple[int, int]] = []
    found = download(f"{site.url}/a.zip", path, progress=lambda *numbers: told.append(numbers))
    assert (found, path.read_bytes()) == (SHA256, CONTENT)
    assert told[-1] == (5000, 5000)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert path.with_name("a.zip.sha256").read_text() == f"{SHA256}  a.zip\n"
    assert {p.name for p in path.parent.iterdir()} == {"a.zip", "a.zip.sha256"}


@pytest.mark.parametrize("algorithm", ["sha256", "md5"])
def test_published_hashes_are_held_to(site, path: Path, algorithm: str) -> None:
    right = hashlib.new(algorithm, CONTENT).hexdigest()
    assert download(f"{site.url}/a.zip", path, published=f"{algorithm}:{right}") == SHA256
    wrong = f"{algorithm}:{'0' * len(right)}"
    other = path.with_name("b.zip")
    with pytest.raises(DataError, match=f"whose hash is not {wrong}: it was thrown away"):
        download(f"{site.url}/a.zip", other, published=wrong)
    assert not list(path.parent.glob("b.zip*"))


def test_a_killed_download_goes_on_where_it_stopped(site, path: Path) -> None:
    stopped(site, path)
    assert not path.exists()
    part = path.with_name("a.zip.part").read_bytes()
    assert 1024 <= len(part) < 5000
    assert CONTENT.startswith(part)
    assert download(f"{site.url}/a.zip", path) == SHA256
    assert site.asked == [None, f"bytes={len(part)}-"]
    assert {p.name for p in path.parent.iterdir()} == {"a.zip", "a.zip.sha256"}


def test_one_process_at_a_time_writes_a_part(site, path: Path) -> None:
    refused = []

    def meanwhile(done: int, _: int) -> None:
        with pytest.raises(DataError, match=r"a.zip.part is being written by another process"):
            download(f"{site.url}/a.zip", path)
        refused.append(done)

    assert download(f"{site.url}/a.zip", path, progress=meanwhile) == SHA256
    assert refused and site.asked == [None]
    assert download(f"{site.url}/a.zip", path) == SHA256
    assert {p.name for p in path.parent.iterdir()} == {"a.zip", "a.zip.sha256"}


def test_a_connection_that_breaks_is_made_again(site, path: Path) -> None:
    site.break_after = 2000
    assert download(f"{site.url}/a.zip", path) == SHA256
    assert site.asked == [None, "bytes=2000-", "bytes=4000-"]


@pytest.mark.parametrize("change", ["version", "no parts", "no mark", "other address"])
def test_a_part_that_cannot_be_gone_on_with_is_fetched_anew(site, path: Path, change: str) -> None:
    if change == "no mark":
        site.tag = ""
    stopped(site, path)
    url = f"{site.url}/a.zip"
    site.files["/a.zip"] = site.files["/b.zip"] = CONTENT[::-1]
    if change == "version":
        site.tag = '"2"'
    elif change == "no parts":
        site.ranges = False
    elif change == "other address":
        url = f"{site.url}/b.zip"
    download(url, path)
    assert path.read_bytes() == CONTENT[::-1]


def test_a_part_as_long_as_the_file_is_no_trouble(site, path: Path) -> None:
    stopped(site, path)
    path.with_name("a.zip.part").write_bytes(CONTENT + b"more")
    assert download(f"{site.url}/a.zip", path) == SHA256


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_that_is_gone_is_told_by_address(site, path: Path, status: int) -> None:
    site.status = status
    with pytest.raises(DataError, match=rf"{site.url}/a\.zip is gone: the server answers {status}"):
        download(f"{site.url}/a.zip", path)
    assert len(site.asked) == 1


def test_a_server_in_trouble_is_asked_three_times_and_the_part_is_kept(site, path: Path) -> None:
    stopped(site, path)
    size = path.with_name("a.zip.part").stat().st_size
    site.status = 503
    with pytest.raises(DataError, match=rf"answers 503 .*run it again to go on after {size:,} byt"):
        download(f"{site.url}/a.zip", path)
    assert len(site.asked) == 1 + 3
    site.status = None
    assert download(f"{site.url}/a.zip", path) == SHA256


def test_a_server_that_sends_nothing_is_given_up(site, path: Path) -> None:
    site.break_after = 0
    with pytest.raises(DataError, match=r"ended after 0 of 5,000 bytes|IncompleteRead"):
        download(f"{site.url}/a.zip", path)


def test_nobody_at_the_address_is_told(path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(DataError, match=rf"http://127\.0\.0\.1:{port}/a cannot be fetched"):
        download(f"http://127.0.0.1:{port}/a", path)


def test_only_the_web_is_asked(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    with pytest.raises(DataError, match="begins with http"):
        download((tmp_path / "secret").as_uri(), tmp_path / "copy")
