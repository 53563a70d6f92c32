"""Where the files of a set lie."""

from __future__ import annotations

from pathlib import Path

from polychrony.datasets.errors import DataError


def find_folder(root: str | Path, folder: str, name: str, hint: str = "") -> Path:
    """Folder that holds a file: the root itself, or the one that the archive unpacks to.

    Args:
        root: what the user named.
        folder: name of the folder in the published archive.
        name: a file, or folder, that must be there.
        hint: what else to say if it is not.

    Returns:
        The folder.

    Raises:
        DataError: neither holds it.
    """
    root = Path(root).expanduser()
    for place in (root, root / folder):
        if (place / name).exists():
            return place
    raise DataError(
        f"{name} is neither in {root} nor in {root / folder}: name the folder of the unpacked set"
        + (f" ({hint})" if hint else "")
    )
