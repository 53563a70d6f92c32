"""Results kept on disk, under a key of everything that shaped them."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from polychrony.datasets.errors import DataError
from polychrony.datasets.work_folder import unlocked_folder, work_folder

FORMAT_VERSION = 1  # raise when the files of an entry change their meaning
MARKER = "complete.json"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


def cache_root(folder: str | Path | None = None) -> Path:
    """Folder of the cache: the argument, $POLYCHRONY_CACHE, or the user's cache folder."""
    if folder is not None:
        return Path(folder).expanduser()
    if named := os.environ.get("POLYCHRONY_CACHE"):
        return Path(named).expanduser()
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "polychrony"


def file_identity(path: Path) -> dict[str, str | int]:
    """Name, size and time of change of a file: another content has another identity."""
    stat = path.stat()
    return {"name": path.name, "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}


def files_digest(paths: Iterable[Path]) -> str:
    """Hash of the names (with that of the folder), sizes and times of change of many files."""
    digest = hashlib.sha256()
    for path in paths:
        stat = path.stat()
        name = f"{path.parent.name}/{path.name}"
        digest.update(f"{name}:{stat.st_size}:{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def content_key(parameters: Mapping[str, Any]) -> str:
    """Key of an entry.

    Args:
        parameters: everything that shapes the entry, as values that JSON can hold.

    Returns:
        A hexadecimal hash of the parameters and the version of the format.
    """
    text = json.dumps({"format": FORMAT_VERSION, "parameters": parameters}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def build_once(
    parameters: Mapping[str, Any],
    build: Callable[[Path], None],
    *,
    folder: str | Path | None = None,
) -> Path:
    """Returns the folder of an entry, building it if it is not there.

    An entry is built in a folder of another name, marked complete inside and renamed at the end, so
    that what an interrupted build leaves is never taken for a finished one. Of several processes
    that build the same entry the first to finish wins and the others use its result.

    Args:
        parameters: everything that shapes the entry, as values that JSON can hold.
        build: writes the files of the entry into the folder it is given.
        folder: folder of the cache; see `cache_root`.

    Returns:
        The folder of the finished entry. Treat it as read-only.

    Raises:
        DataError: the folder of the cache cannot be written, or is full.
    """
    root = cache_root(folder)
    entry = root / content_key(parameters)
    if _is_complete(entry):
        return entry
    with contextlib.ExitStack() as stack:
        try:
            root.mkdir(parents=True, exist_ok=True)
            work = stack.enter_context(work_folder(root, entry.name, remains_of="*"))
        except OSError as error:
            raise DataError(
                f"nothing can be written to the cache folder {root} ({error.strerror}): "
                "name another by cache_dir or POLYCHRONY_CACHE"
            ) from error
        with _room(root):
            build(work)
            _mark_complete(work, parameters)
            _publish(work, entry)
    return entry


@contextlib.contextmanager
def _room(root: Path) -> Iterator[None]:
    """Tells in words that a disk is full; other errors may be those of what is read."""
    try:
        yield
    except OSError as error:
        # numpy says how much it could not write, and not why.
        short = error.errno is None and re.search(r"requested and \d+ written", str(error))
        if not short and error.errno not in FULL:
            raise
        raise DataError(
            f"the cache folder {root} has no room ({error.strerror or error}): make room, or name "
            "another by cache_dir or POLYCHRONY_CACHE"
        ) from error


def _sizes(entry: Path) -> dict[str, int]:
    return {f.name: f.stat().st_size for f in sorted(entry.iterdir()) if f.name != MARKER}


def _mark_complete(work: Path, parameters: Mapping[str, Any]) -> None:
    marker = {"parameters": parameters, "files": _sizes(work)}
    (work / MARKER).write_text(json.dumps(marker, indent=1))


def _is_complete(entry: Path) -> bool:
    try:
        marker = json.loads((entry / MARKER).read_text())
        return bool(marker["files"] == _sizes(entry))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _publish(work: Path, entry: Path) -> None:
    """Renames a finished folder into place, beside other processes that do the same."""
    work.chmod(0o755)  # mkdtemp makes it private; a cache may be shared
    for _ in range(3):
        try:
            os.replace(work, entry)  # noqa: PTH105 - the name of the guarantee
            return
        except OSError:
            if _is_complete(entry):
                return
            if not entry.exists():
                raise
            damaged = unlocked_folder(entry.parent, entry.name)
            os.replace(entry, damaged)  # noqa: PTH105
            shutil.rmtree(damaged, ignore_errors=True)
    os.replace(work, entry)  # noqa: PTH105
