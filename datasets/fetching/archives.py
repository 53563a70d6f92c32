"""Archives of sets, unpacked so that each part appears whole or not at all."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from polychrony.datasets.errors import DataError
from polychrony.datasets.work_folder import work_folder

BROKEN = (OSError, EOFError, ValueError, RuntimeError, zlib.error, tarfile.TarError)
BROKEN_ZIP = (zipfile.BadZipFile, NotImplementedError)


def unpack(archive: Path, folder: Path, names: Sequence[str]) -> None:
    """Unpacks a zip or tar archive.

    Members go into a temporary folder beside their place; those that are wanted are then renamed.
    Members outside of it, links that lead out, and devices are refused by the libraries.

    Args:
        archive: the archive.
        folder: where its members go.
        names: files or folders at its top that are wanted; what is there already stays.

    Raises:
        DataError: the archive is damaged, does not hold them, or does not fit onto the disk.
    """
    with work_folder(folder, archive.name) as work:
        try:
            _extract(archive, work)
        except (*BROKEN, *BROKEN_ZIP) as error:
            if isinstance(error, DataError):
                raise
            reason = next(iter(str(error).splitlines()), type(error).__name__).rstrip(":")
            raise DataError(
                f"{archive} cannot be unpacked: {reason}; if it is damaged, delete it and fetch it "
                "again"
            ) from error
        if missing := [name for name in names if not (work / name).exists()]:
            raise DataError(f"{archive} does not hold {', '.join(missing)}: it is another archive")
        for name in names:
            if not (folder / name).exists():
                (work / name).rename(folder / name)


def _extract(archive: Path, work: Path) -> None:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as content:
            _check_space(archive, work, sum(member.file_size for member in content.infolist()))
            content.extractall(work)
    else:
        with tarfile.open(archive) as content:
            content.extractall(work, filter="data")


def _check_space(archive: Path, work: Path, needed: int) -> None:
    free = shutil.disk_usage(work).free
    if needed > free:
        raise DataError(
            f"{archive} unpacks to {needed:,} bytes, and {free:,} are free on the disk: make room"
        )
