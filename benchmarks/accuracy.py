"""The page of trained networks: `python -m benchmarks.accuracy` writes docs/results.md.

    python -m benchmarks.accuracy keep RUN --table delays --row "dense, learned" --chips a.json
    python -m benchmarks.accuracy page [--check]

`keep` takes what the page needs from a finished run, and from co-simulations of it, into
benchmarks/results/accuracy. `page` makes the page from these files alone.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.accuracy_page import page
from benchmarks.accuracy_row import FORMAT, row_of
from benchmarks.accuracy_tables import TABLES
from benchmarks.cli import Parser, guarded
from benchmarks.pages import publish
from benchmarks.record import ROOT
from polychrony.experiments.errors import UserError
from polychrony.experiments.files import read_json, write_json

KEPT = ROOT / "benchmarks" / "results" / "accuracy"
PAGE = ROOT / "docs" / "results.md"


def keep(
    run: Path, table: str, row: str, commit: str = "", chips: Sequence[Path] = (), to: Path = KEPT
) -> Path:
    """Take a finished run over into the results.

    Args:
        run: its folder.
        table: key of the table it belongs to.
        row: its row there.
        commit: the commit that trained it, where its result does not tell.
        chips: co-simulations of it.
        to: folder of the results.

    Returns:
        The file that was written.

    Raises:
        UserError: there is no such table or row, or the run is not finished.
    """
    rows = {each.key: each.rows for each in TABLES}
    if table not in rows:
        raise UserError(f"--table is {table!r}; use one of {', '.join(rows)}")
    if row not in rows[table]:
        raise UserError(f"--row is {row!r}; table {table} has {'; '.join(rows[table])}")
    content = {"table": table, "row": row, **row_of(run, commit, list(chips))}
    to.mkdir(parents=True, exist_ok=True)
    name = re.sub("[^a-z0-9]+", "-", f"{table} {row}")
    path = to / f"{name}-{content['seed']}.json"
    write_json(path, content)
    return path


def load(folder: Path) -> list[dict[str, Any]]:
    """All rows that were kept.

    Raises:
        UserError: a file is none of them.
    """
    rows = []
    for path in sorted(folder.glob("*.json")):
        content = read_json(path)
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise UserError(f"{path} is no row in format {FORMAT}; keep its run again")
        rows.append(content)
    if not rows:
        raise UserError(f"{folder} holds no results; keep a run first")
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Keep a run, or write or check the page; exit codes as those of the benchmarks."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return guarded("benchmarks.accuracy", lambda: _work(words))


def _work(words: Sequence[str]) -> None:
    parser = Parser(prog="python -m benchmarks.accuracy", description=str(__doc__).split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    keeping = commands.add_parser("keep", help="take a finished run over into the results")
    keeping.add_argument("run", type=Path)
    keeping.add_argument("--table", required=True)
    keeping.add_argument("--row", required=True)
    keeping.add_argument("--commit", default="")
    keeping.add_argument("--chips", type=Path, nargs="*", default=[])
    paging = commands.add_parser("page", help="write docs/results.md")
    paging.add_argument("--check", action="store_true", help="only compare")
    options = parser.parse_args(words)
    if options.command == "keep":
        print(keep(options.run, options.table, options.row, options.commit, options.chips))
        return
    publish(PAGE, page(load(KEPT)), options.check)


if __name__ == "__main__":
    sys.exit(main())
