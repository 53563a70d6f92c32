"""`polychrony fetch`: public data sets, from where they are published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from polychrony.datasets.fetching import CATALOGUE, fetch
from polychrony.experiments.errors import UserError
from polychrony.experiments.tables import listing


def fetch_set(name: str, root: Path, console: Console) -> dict[str, Any]:
    """Fetch, check and unpack a set.

    Args:
        name: name of the set.
        root: folder of the data files.
        console: where progress and the result go.

    Returns:
        What was fetched, for programs.

    Raises:
        UserError: there is no such set.
        DataError: it cannot be fetched; the message says what to do by hand.
    """
    if name not in CATALOGUE:
        raise UserError(f"there is no public set {name!r}; there are {', '.join(CATALOGUE)}")
    public = CATALOGUE[name]
    with _transfers(console) as progress:
        tasks: dict[str, Any] = {}

        def report(archive: str, done: int, total: int) -> None:
            if archive not in tasks:
                tasks[archive] = progress.add_task(archive, total=total or None)
            progress.update(tasks[archive], completed=done, total=total or None)

        fetched = fetch(name, root, progress=report)
    rows = {"licence": public.licence, "page": public.page, "folder": str(root / public.folder)}
    for archive in fetched:
        names = ", ".join(path.name for path in archive.makes)
        rows[archive.name] = names + ("" if archive.sha256 else " (was there already)")
    console.print(listing(public.title, rows))
    return {
        "set": name,
        "licence": public.licence,
        "page": public.page,
        "archives": [
            {"name": f.name, "sha256": f.sha256, "makes": [str(path) for path in f.makes]}
            for f in fetched
        ],
    }


def _transfers(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=console,
        disable=not console.is_terminal,
    )
