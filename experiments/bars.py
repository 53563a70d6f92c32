"""Progress bars that turn into plain lines where there is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

Report = Callable[[int, int], None]


def bar(console: Console) -> Progress:
    """A bar with counts and times, shown on terminals only."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=console,
        disable=not console.is_terminal,
    )


@contextmanager
def counting(console: Console, description: str) -> Iterator[Report]:
    """A bar for one task.

    Args:
        console: where to draw.
        description: what is being done.

    Yields:
        Called with (done, all); the bar appears with the first call.
    """
    with bar(console) as progress:
        task = None

        def report(done: int, total: int) -> None:
            nonlocal task
            if task is None:
                task = progress.add_task(description, total=total, note="")
            progress.update(task, completed=done, total=total)

        yield report
