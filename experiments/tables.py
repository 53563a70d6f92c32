"""Tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

_PREFIXES = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p"))


def console() -> Console:
    """Where tables go: standard output, never wrapped to less than a useful width."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=max(100, plain.width))


def quantity(value: float | None, unit: str) -> str:
    """A number of SI units with a prefix, such as `1.33 mJ`; `not known` for None."""
    if value is None:
        return "not known"
    for factor, prefix in _PREFIXES:
        if abs(value) >= factor:
            return f"{value / factor:.3g} {prefix}{unit}"
    return f"{value:.3g} {unit}"


def percent(share: float | None) -> str:
    """A share as a percentage; `not known` for None."""
    return "not known" if share is None else f"{100 * share:.2f} %"


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table whose first column holds names and whose others hold numbers."""
    made = Table(title=title, title_justify="left", title_style="bold")
    for index, column in enumerate(columns):
        made.add_column(column, justify="left" if index == 0 else "right")
    for row in rows:
        made.add_row(*row)
    return made


def listing(title: str, rows: Mapping[str, str]) -> Table:
    """A table of names and values, without a head."""
    made = Table(title=title, title_justify="left", title_style="bold", show_header=False)
    made.add_column()
    made.add_column()
    for name, value in rows.items():
        made.add_row(name, value)
    return made
