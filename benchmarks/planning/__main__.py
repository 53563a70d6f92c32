"""Memory and time of sizes from a thousand to ten million neurons, and of 1 to 1,000 chips.

`python -m benchmarks.planning` prints the tables of docs/scaling.md and writes them into it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.cli import Parser, guarded
from benchmarks.pages import filled, publish, read
from benchmarks.planning.anchors import ANCHORS, measure
from benchmarks.planning.tables import TABLES
from benchmarks.record import ROOT

PAGE = ROOT / "docs" / "scaling.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the tables; exit codes as those of the benchmarks."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return guarded("benchmarks.planning", lambda: _run(words))


def _run(words: list[str]) -> None:
    parser = Parser(prog="python -m benchmarks.planning", description=__doc__)
    parser.add_argument("--page", type=Path, default=PAGE, metavar="FILE")
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--measure", choices=[*ANCHORS], help="measure these anchors first")
    options = parser.parse_args(words)
    if options.measure:
        measure(options.measure)
    text = filled(read(options.page), TABLES)
    if not options.check:
        for name, table in TABLES.items():
            print(f"{name}\n\n{table()}\n")
    publish(options.page, text, options.check)


if __name__ == "__main__":
    sys.exit(main())
