"""`polychrony fetch`"""

from __future__ import annotations

import functools
import hashlib
import http.server
import json
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from polychrony.datasets.fetching import CATALOGUE, Archive, PublicSet
from polychrony.experiments.cli import main


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The one archive of the set `tactile`, on a server beside the test."""
    site = tmp_path / "site"
    site.mkdir()
    path = site / "a.zip"
    with zipfile.ZipFile(path, "w") as content:
        content.writestr("Ev-Objects/train/x", "grasp")
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        url = f"http://127.0.0.1:{server.server_port}/a.zip"
        files = (Archive("a.zip", url, None, ("Ev-Objects",)),)
        public = PublicSet("Felt things", "https://example.org", "none stated", "nobody", "", files)
        monkeypatch.setitem(CATALOGUE, "tactile", public)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield path
        server.shutdown()
        thread.join()


def test_a_set_is_fetched_and_told(call, archive, tmp_path):
    said = call("fetch", "tactile", "--root", tmp_path / "data", "--json", "-")
    assert said.code == 0, said
    report = json.loads(said.out)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    made = tmp_path / "data" / "Ev-Objects"
    assert report["archives"] == [{"name": "a.zip", "sha256": digest, "makes": [str(made)]}]
    assert (made / "train" / "x").read_text() == "grasp"
    assert "Felt things" in said.err and "none stated" in said.err


def test_what_is_there_already_is_told(call, archive, tmp_path):
    (tmp_path / "Ev-Objects").mkdir()
    said = call("fetch", "tactile", "--root", tmp_path)
    assert said.code == 0
    assert "was there already" in " ".join(said.out.split())


def test_a_set_that_is_gone_is_one_line(call, archive, tmp_path):
    archive.unlink()
    said = call("fetch", "tactile", "--root", tmp_path)
    assert said.is_one_error("is gone", "404", "By hand: get a.zip from https://example.org")


def test_a_set_by_hand_is_one_line(call, tmp_path):
    said = call("fetch", "dvsgesture", "--root", tmp_path)
    assert said.is_one_error("by hand only", "DvsGesture.tar.gz", str(tmp_path))


def test_an_unknown_set_is_one_line(call):
    assert call("fetch", "mnist").is_one_error("'mnist'", *CATALOGUE)


def test_the_help_names_every_set(capsys):
    with pytest.raises(SystemExit):
        main(["fetch", "--help"])
    text = capsys.readouterr().out
    assert all(name in text for name in CATALOGUE)
