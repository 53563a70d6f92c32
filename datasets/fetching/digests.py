"""Hashes that say whether a file is the one it should be."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from polychrony.datasets.errors import DataError

LENGTHS = {"sha256": 64, "md5": 32}


def digest_of(path: Path, algorithm: str = "sha256") -> str:
    """Hash of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def matches(path: Path, published: str) -> bool:
    """Whether a file has the hash that was published for it.

    Args:
        path: the file.
        published: "sha256:..." or "md5:...", hexadecimal.

    Returns:
        True if it has.

    Raises:
        ValueError: that is no such hash.
    """
    algorithm, _, expected = published.partition(":")
    if not re.fullmatch(rf"[0-9a-f]{{{LENGTHS.get(algorithm, 0)}}}", expected) or not expected:
        raise ValueError(f"{published!r} is no hash: expected is sha256:... or md5:...")
    return digest_of(path, algorithm) == expected


def record(path: Path) -> str:
    """Writes the SHA-256 of a file beside it, as `sha256sum` does, and returns it."""
    digest = digest_of(path)
    target = recorded_at(path)
    temporary = target.with_name(f".{target.name}.tmp")
    temporary.write_text(f"{digest}  {path.name}\n", encoding="utf-8")
    os.replace(temporary, target)  # noqa: PTH105 - the name of the guarantee
    return digest


def recorded_at(path: Path) -> Path:
    """Where the hash of a file is recorded."""
    return path.with_name(f"{path.name}.sha256")


def check(path: Path, published: str | None) -> str:
    """Refuses a file that is not the one that was published, or fetched.

    Where no hash was published, the one recorded when the file was fetched is taken; a file without
    either is recorded now.

    Args:
        path: the file.
        published: "sha256:..." or "md5:...", or None if nobody published one.

    Returns:
        Its SHA-256, hexadecimal.

    Raises:
        DataError: the file has another hash, or what is recorded is none.
    """
    if published is not None and not matches(path, published):
        raise DataError(
            f"{path} is not the published file: its hash is not {published}; "
            "delete it and fetch it again"
        )
    beside = recorded_at(path)
    if not beside.is_file():
        return record(path)
    with beside.open(encoding="utf-8", errors="replace") as file:
        words = file.read(1000).split()
    digest = digest_of(path)
    if not words or words[0] != digest:
        raise DataError(
            f"{path} has changed since it was fetched: its SHA-256 is not that in {beside.name}; "
            "delete both and fetch it again"
        )
    return digest
