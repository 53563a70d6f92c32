"""Wheel and source archive of a release, the same bytes whoever builds them: `make dist`.

    python tests/packaging/release.py [--out dist]

Builds what is committed, not what lies in the tree. Times are those of the commit, owners are none,
and files come in the order of their names; so two builds of one commit with one setuptools differ
in nothing. The checksums are printed, and written beside the files.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

BUILD = """
import sys
from setuptools import build_meta
out = sys.argv[1]
build_meta.build_wheel(out)
build_meta.build_sdist(out)
"""


def git(tree: Path, *words: str) -> bytes:
    """What a command of git prints."""
    return subprocess.run(["git", *words], cwd=tree, capture_output=True, check=True).stdout


def normalized(archive: bytes, time: int) -> bytes:
    """A .tar.gz with the same files, sorted, of nobody, and of one time."""
    packed = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(archive)) as old,
        gzip.GzipFile("", "wb", 9, packed, mtime=time) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda each: each.name):
            content = old.extractfile(member) if member.isfile() else None
            member.mtime, member.uid, member.gid, member.uname, member.gname = time, 0, 0, "", ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            new.addfile(member, content)
    return packed.getvalue()


def build(tree: Path, out: Path) -> dict[str, str]:
    """Build both files of the commit that is checked out in `tree` into a folder.

    Returns:
        SHA-256 of each file by its name.
    """
    time = int(git(tree, "log", "-1", "--format=%ct"))
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        sources, made = Path(name) / "sources", Path(name) / "made"
        sources.mkdir()
        made.mkdir()
        with tarfile.open(fileobj=io.BytesIO(git(tree, "archive", "HEAD"))) as archive:
            archive.extractall(sources, filter="data")
        for path in sources.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(time)}
        command = [sys.executable, "-c", BUILD, str(made)]
        quiet: dict[str, Any] = {"check": True, "capture_output": True, "umask": 0o022}
        subprocess.run(command, cwd=sources, env=environment, **quiet)
        sums = {}
        for path in sorted(made.iterdir()):
            content = path.read_bytes()
            if path.name.endswith(".tar.gz"):
                content = normalized(content, time)
            (out / path.name).write_bytes(content)
            sums[path.name] = hashlib.sha256(content).hexdigest()
    lines = "".join(f"{digest}  {name}\n" for name, digest in sums.items())
    (out / "SHA256SUMS").write_text(lines)
    return sums


def main() -> None:
    """Build the release of this checkout."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("dist"))
    for name, digest in build(Path(__file__).parents[2], parser.parse_args().out).items():
        print(f"{digest}  {name}")


if __name__ == "__main__":
    main()
