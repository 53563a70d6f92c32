"""Cut downloads at random bytes until they are whole, from servers with and without parts.

`python tests/stress/downloads.py --files 20 --seed 0` fetches archives of a made-up public set from
a server beside it, which breaks off nearly every answer at a random byte. Half of the archives come
from a server that can send parts (`Range`), half from one that sends the whole again. A call of
`fetch` that gives up is made again, as by a user. In the end hash and content must be right, and
nothing else may lie in the folder.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import random
import re
import sys
import tempfile
import threading
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from polychrony.datasets import DataError
from polychrony.datasets.fetching import http
from polychrony.datasets.fetching.catalogue import Archive, PublicSet
from polychrony.datasets.fetching.fetch import fetch

SIZE = 300_000
MOST_CALLS = 200


@dataclass
class Report:
    """What was done, and what came of it.

    Args:
        seed: of everything drawn.
        files: archives fetched.
        cuts: answers that were broken off.
        parts: answers that went on where the one before had stopped.
        calls: calls of `fetch`.
        losses: what must not be, one line each.
    """

    seed: int
    files: int = 0
    cuts: int = 0
    parts: int = 0
    calls: int = 0
    losses: list[str] = field(default_factory=list)


class Server(ThreadingHTTPServer):
    """One archive, and how badly it is served.

    Args:
        chance: where answers break off.
        report: counts them.
    """

    def __init__(self, chance: random.Random, report: Report) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.chance, self.report = chance, report
        self.content, self.ranges = b"", True


class _Answer(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        """Send all or a part, as far as chance has it."""
        content, report = self.server.content, self.server.report
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked and self.server.ranges else 0
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            report.parts += 1
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("ETag", f'"{hashlib.md5(content).hexdigest()}"')
        self.end_headers()
        stop = self.server.chance.randrange(int(len(content) * 1.2))
        if start + stop < len(content):
            report.cuts += 1
        self.wfile.write(content[start : start + stop])
        self.close_connection = True

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


def _archive(chance: random.Random) -> tuple[bytes, bytes]:
    """A zip file, and what it holds."""
    inside, file = chance.randbytes(chance.randrange(SIZE // 4, SIZE)), io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("data.bin", inside)
    return file.getvalue(), inside


def attack(files: int, seed: int, folder: Path) -> Report:
    """Fetch archives from a bad server.

    Args:
        files: how many; every second one from a server that sends no parts.
        seed: of everything drawn.
        folder: where they go.
    """
    chance, report = random.Random(seed), Report(seed)
    http.PAUSE, http.CHUNK = 0.0, 4096
    with Server(chance, report) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for number in range(files):
            server.ranges = number % 2 == 0
            server.content, inside = _archive(chance)
            # A published hash for half of those with parts, and for half of those without.
            wrong = _fetch_one(server, folder / str(number), inside, number % 4 < 2)
            report.files += 1
            report.losses += [f"file {number}: {wrong}"] if wrong else []
        server.shutdown()
    return report


def _fetch_one(server: Server, folder: Path, inside: bytes, published: bool) -> str | None:
    """What is wrong with one archive at its end, or None."""
    sha256 = hashlib.sha256(server.content).hexdigest()
    url = f"http://127.0.0.1:{server.server_port}/a.zip"
    archive = Archive("a.zip", url, f"sha256:{sha256}" if published else None, ("data.bin",))
    made_up = {"set": PublicSet("a set", "nowhere", "none", "nobody", "s", (archive,))}
    for _ in range(MOST_CALLS):
        server.report.calls += 1
        try:
            (found,) = fetch("set", folder, catalogue=made_up)
            break
        except DataError as error:
            if "run it again to go on" not in str(error):
                return str(error)
    else:
        return "never whole"
    place = folder / "s"
    if found.sha256 != sha256 or (place / "data.bin").read_bytes() != inside:
        return "another content"
    names = sorted(path.name for path in place.iterdir())
    return None if names == ["a.zip", "a.zip.sha256", "data.bin"] else f"left behind: {names}"


def main() -> int:
    """Exit code: 0 if every archive is right in the end."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = attack(asked.files, asked.seed, Path(folder))
    print(json.dumps(vars(report)))
    return 1 if report.losses else 0


if __name__ == "__main__":
    sys.exit(main())
