"""Folders to work in: what a killed process leaves in one is known as such, and removed."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from polychrony.datasets.locking import lock_file

STALE_AFTER_S = 24 * 3600.0  # no work takes a day: where no lock tells, age must


@contextlib.contextmanager
def work_folder(parent: Path, name: str, remains_of: str | None = None) -> Iterator[Path]:
    """A new folder beside the place of what is made in it, removed at the end.

    It is locked for as long as its process lives, so that the next one knows what a killed one left
    and removes it. Locks are believed between processes of one machine; what another machine left,
    and what lies where folders cannot be locked, is removed after a day.

    Args:
        parent: folder in which it is made.
        name: of what is made; the folder's own name holds it.
        remains_of: pattern of the names whose remains are removed; `name` alone by default.

    Yields:
        The folder. It may be renamed.

    Raises:
        OSError: it cannot be made.
    """
    pattern = glob.escape(name) if remains_of is None else remains_of
    remove_remains(parent, pattern)
    folder, lock = _make(parent, name)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def is_work_folder(path: Path, name: str) -> bool:
    """Whether a path is named as a folder in which `name` is or was made."""
    return path.name.startswith(f".{name}-") and path.name.endswith(".tmp")


def remove_remains(parent: Path, pattern: str) -> None:
    """Removes the folders that killed processes left.

    Args:
        parent: where they lie.
        pattern: of the names of what was made in them.
    """
    for left in parent.glob(f".{pattern}-*.tmp"):
        with contextlib.suppress(OSError):  # somebody else removes it, or it is not ours to remove
            _remove_if_left(left)


def unlocked_folder(parent: Path, name: str) -> Path:
    """A new folder that the next process may remove at any time."""
    return Path(tempfile.mkdtemp(prefix=f".{name}-{_machine()}-", suffix=".tmp", dir=parent))


def _machine() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _make(parent: Path, name: str) -> tuple[Path, int | None]:
    while True:
        folder = unlocked_folder(parent, name)
        try:
            lock = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            continue  # another process took it for remains before it was locked
        except OSError:
            return folder, None
        held = lock_file(lock, wait=True)
        if held is None:
            os.close(lock)
            return folder, None
        if folder.exists():
            return folder, lock
        os.close(lock)


def _remove_if_left(folder: Path) -> None:
    here = folder.name.rsplit("-", 2)[1] == _machine()
    lock = os.open(folder, os.O_RDONLY)
    try:
        held = lock_file(lock, wait=False) if here else None
        old = time.time() - folder.stat().st_mtime > STALE_AFTER_S
        if held or (held is None and old):
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)
