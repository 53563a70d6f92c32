"""Tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

_PREFIXES = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p"))


def console(stderr: bool = False) -> Console:
    """Where tables go: standard output or error, never wrapped to less than a useful width.

    Brackets and colons in names of files are what they are, no markup.
    """
    plain = Console(stderr=stderr, markup=False, emoji=False)
    if not plain.is_terminal:
        plain.width = max(100, plain.width)
    return plain


def say(console: Console, text: str) -> None:
    """Print one line, however long: a program that reads it finds it whole."""
    console.print(text, soft_wrap=True, highlight=False)


def quantity(value: float | None, unit: str, digits: int = 3) -> str:
    """A number of SI units with a prefix, such as `1.33 mJ`; `not known` for None."""
    if value is None:
        return "not known"
    for factor, prefix in _PREFIXES:
        if abs(value) >= factor:
            return f"{value / factor:.{digits}g} {prefix}{unit}"
    return f"{value:.{digits}g} {unit}"


def amount(number: float) -> str:
    """A count with three digits and a letter for thousands, such as `12.3 M`."""
    for factor, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= factor:
            return f"{number / factor:.3g} {letter}"
    return f"{number:.3g}"


def count(number: int, noun: str) -> str:
    """A number of things, such as `1 epoch` or `3 seeds`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def size(n_bytes: int | None) -> str:
    """Bytes in binary units, such as `1.5 MiB`; `not known` for None."""
    if n_bytes is None:
        return "not known"
    for factor, unit in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if n_bytes >= factor:
            return f"{n_bytes / factor:.4g} {unit}"
    return f"{n_bytes} B"


def percent(share: float | None) -> str:
    """A share as a percentage; `not known` for None."""
    return "not known" if share is None else f"{100 * share:.2f} %"


def table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], text: bool = False
) -> Table:
    """A table whose first column holds names and whose others hold numbers.

    With `text` they hold words, and only the last column breaks lines.
    """
    made = Table(title=title, title_justify="left", title_style="bold")
    for index, column in enumerate(columns):
        made.add_column(
            column,
            justify="left" if text or index == 0 else "right",
            no_wrap=text and index < len(columns) - 1,
            overflow="fold" if text else "ellipsis",
        )
    for row in rows:
        made.add_row(*row)
    return made


def listing(title: str, rows: Mapping[str, str]) -> Table:
    """A table of names and values, without a head."""
    made = Table(title=title, title_justify="left", title_style="bold", show_header=False)
    made.add_column()
    made.add_column(overflow="fold")  # a path that is cut short is of no use
    for name, value in rows.items():
        made.add_row(name, value)
    return made
