"""A public set, fetched, checked and unpacked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from polychrony.datasets.errors import DataError
from polychrony.datasets.fetching.archives import unpack
from polychrony.datasets.fetching.catalogue import CATALOGUE, Archive, PublicSet
from polychrony.datasets.fetching.digests import check
from polychrony.datasets.fetching.http import download

Progress = Callable[[str, int, int], None]


class Fetched(NamedTuple):
    """What became of an archive.

    Args:
        name: its name.
        sha256: its hash; None if its content was there already and the archive is not.
        makes: what it was unpacked to.
    """

    name: str
    sha256: str | None
    makes: tuple[Path, ...]


def fetch(
    name: str,
    root: str | Path,
    *,
    progress: Progress | None = None,
    catalogue: Mapping[str, PublicSet] = CATALOGUE,
) -> list[Fetched]:
    """Fetches a set into the folder that its reader looks into.

    What is unpacked already stays as it is; archives that lie there are checked and used; an
    interrupted download goes on where it stopped. Archives are kept: delete them to save room.

    Args:
        name: name of the set.
        root: folder of the data files.
        progress: called with (archive, bytes that are here, bytes in all or 0 if unknown).
        catalogue: sets that there are.

    Returns:
        One entry for each archive.

    Raises:
        DataError: there is no such set; an archive cannot be fetched, or only by hand; or it is not
            the published one.
    """
    if name not in catalogue:
        raise DataError(f"there is no public set {name!r}; there are {', '.join(catalogue)}")
    public = catalogue[name]
    folder = set_folder(public, root)
    folder.mkdir(parents=True, exist_ok=True)
    return [_fetch(public, archive, folder, progress) for archive in public.archives]


def is_complete(public: PublicSet, root: str | Path) -> bool:
    """Whether everything that a set unpacks to is there."""
    folder = set_folder(public, root)
    return all((folder / made).exists() for archive in public.archives for made in archive.makes)


def set_folder(public: PublicSet, root: str | Path) -> Path:
    """Folder of a set below the folder of the data files."""
    return Path(root).expanduser() / public.folder


def _fetch(public: PublicSet, archive: Archive, folder: Path, progress: Progress | None) -> Fetched:
    path = folder / archive.name
    makes = tuple(folder / made for made in archive.makes)
    if path.is_file():
        sha256 = check(path, archive.digest)
    elif all(made.exists() for made in makes):
        return Fetched(archive.name, None, makes)
    elif archive.url is None:
        raise DataError(
            f"{public.title} can be had by hand only: get {archive.name} from {public.page}, put "
            f"it into {folder}, and run this again"
        )
    else:
        sha256 = _download(public, archive, path, progress)
    if not all(made.exists() for made in makes):
        unpack(path, folder, archive.makes)
    return Fetched(archive.name, sha256, makes)


def _download(public: PublicSet, archive: Archive, path: Path, progress: Progress | None) -> str:
    def report(done: int, total: int) -> None:
        if progress is not None:
            progress(archive.name, done, total)

    try:
        return download(str(archive.url), path, published=archive.digest, progress=report)
    except DataError as error:
        raise DataError(
            f"{error}. By hand: get {archive.name} from {public.page}, put it into {path.parent}, "
            "and run this again"
        ) from error
