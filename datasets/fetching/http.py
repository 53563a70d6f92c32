"""Files over HTTP, in pieces that outlive an interruption."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from polychrony.datasets.errors import DataError
from polychrony.datasets.fetching.digests import matches, record
from polychrony.datasets.locking import lock_file

Progress = Callable[[int, int], None]
CHUNK = 1 << 20
TIMEOUT = 60.0  # s without a byte
ATTEMPTS = 3  # in a row that bring nothing
PAUSE = 2.0  # s after the first of them, twice as long after the second
BROKEN = (http.client.HTTPException, ConnectionError, TimeoutError)


class _TransferError(Exception):
    """The connection cannot be made or broke; what came so far is kept."""


def download(
    url: str, path: Path, *, published: str | None = None, progress: Progress | None = None
) -> str:
    """Fetches a file; goes on where an earlier call stopped.

    Bytes arrive in `<name>.part`, beside which `<name>.part.json` says of which version of the file
    they are; the server is asked for the rest of that version, and sends all if it has another, or
    cannot send parts. Only a whole file with the right hash takes the name. Its SHA-256 is recorded
    beside it; see `digests`.

    Args:
        url: where it lies, http or https.
        path: what it becomes; its folder is made if missing.
        published: its published hash, "sha256:..." or "md5:..."; None if there is none.
        progress: called with (bytes that are here, bytes in all, or 0 if nobody says).

    Returns:
        The SHA-256 of the file, hexadecimal.

    Raises:
        DataError: the server does not have it, cannot be reached, breaks off again and again, or
            sends something of another hash; or another process is fetching the same file.
    """
    if not re.match(r"https?://", url):
        raise DataError(f"{url} is no address that begins with http:// or https://")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    with _held(part):
        _fetch(url, part, published, progress)
        os.replace(part, path)  # noqa: PTH105 - the name of the guarantee
        _notes(part).unlink(missing_ok=True)
    return record(path)


def _fetch(url: str, part: Path, published: str | None, progress: Progress | None) -> None:
    """Goes on with a part until it is whole, and looks at its hash."""
    idle = 0
    while True:
        before = _size(part)
        try:
            _transfer(url, part, progress)
            break
        except _TransferError as trouble:
            idle = idle + 1 if _size(part) <= before else 0
            if idle >= ATTEMPTS:
                raise DataError(
                    f"{url} cannot be fetched: {trouble}; run it again to go on after "
                    f"{_size(part):,} bytes"
                ) from trouble
            time.sleep(PAUSE * idle)
    if published is not None and not matches(part, published):
        _forget(part)
        raise DataError(
            f"{url} sent a file whose hash is not {published}: it was thrown away; try again, or "
            "look whether the published file has changed"
        )


@contextlib.contextmanager
def _held(part: Path) -> Iterator[None]:
    """Keeps other processes from writing to the same part; an empty one is removed at the end."""
    descriptor = _open_locked(part)
    try:
        yield
    finally:
        if part.exists() and not _size(part):
            part.unlink()
        os.close(descriptor)


def _open_locked(part: Path) -> int:
    while True:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT, 0o644)
        if lock_file(descriptor, wait=False) is False:
            os.close(descriptor)
            raise DataError(
                f"{part} is being written by another process; wait until it is done, or stop it"
            )
        # Before the lock was there, another process may have finished and taken the file away.
        if part.exists() and os.path.samestat(os.fstat(descriptor), part.stat()):
            return descriptor
        os.close(descriptor)


def _transfer(url: str, part: Path, progress: Progress | None) -> None:
    """Appends to the part what it lacks; returns when the file is whole."""
    have, version = _size(part), _version(part, url)
    headers = {"Accept-Encoding": "identity", "User-Agent": "polychrony"}
    if have and version:
        headers |= {"Range": f"bytes={have}-", "If-Range": version}
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            start, total = _extent(answer, have)
            if start == 0:
                _note(part, url, answer)
            _append(answer, part, start, total, progress)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:  # nothing lies behind what is here: begin again
            _forget(part)
            raise _TransferError("the server has no such part") from error
        if error.code in (408, 429) or error.code >= 500:
            raise _TransferError(f"the server answers {error.code} {error.reason}") from error
        raise DataError(f"{url} is gone: the server answers {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise _TransferError(str(error.reason)) from error
    except BROKEN as error:
        raise _TransferError(str(error) or type(error).__name__) from error


def _extent(answer: Any, have: int) -> tuple[int, int]:
    """First byte of an answer, and bytes of the whole file (0 if unknown)."""
    if answer.status == 206:
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range", ""))
        if not found or int(found[1]) != have:
            raise _TransferError("the server sent another part than it was asked for")
        return have, 0 if found[2] == "*" else int(found[2])
    length = answer.headers.get("Content-Length", "")
    return 0, int(length) if length.isdecimal() else 0


def _append(answer: Any, part: Path, start: int, total: int, progress: Progress | None) -> None:
    with part.open("r+b" if start else "wb") as file:
        file.seek(start)
        while chunk := answer.read(CHUNK):
            file.write(chunk)
            start += len(chunk)
            if progress is not None:
                progress(start, total)
    if total and start != total:
        raise _TransferError(f"the connection ended after {start:,} of {total:,} bytes")


def _note(part: Path, url: str, answer: Any) -> None:
    """Writes down which version of the file arrives; weak marks cannot be asked for."""
    tag = answer.headers.get("ETag", "")
    version = tag if tag.startswith('"') else answer.headers.get("Last-Modified", "")
    _notes(part).write_text(json.dumps({"url": url, "version": version}), encoding="utf-8")


def _version(part: Path, url: str) -> str:
    """Version of the file of which a part is here; empty if it cannot be gone on with."""
    try:
        notes = json.loads(_notes(part).read_text(encoding="utf-8"))
        return str(notes["version"]) if notes["url"] == url else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _notes(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _forget(part: Path) -> None:
    """Begins again, in the same file, which is locked."""
    os.truncate(part, 0)
    _notes(part).unlink(missing_ok=True)
