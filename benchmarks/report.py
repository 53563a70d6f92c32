"""The page of all results: `python -m benchmarks.report` writes docs/performance.md.

With `--check`, it only tells whether the page is what the results make it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.cli import Parser, guarded
from benchmarks.pages import publish
from benchmarks.record import FORMAT, ROOT
from benchmarks.tables import benchmark_text, claims_table, markdown
from polychrony.experiments.errors import UserError
from polychrony.experiments.files import read_json

RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "performance.md"
ORDER = (
    "lif",
    "linear_lif",
    "memory",
    "neurons",
    "delays",
    "choice",
    "events",
    "learning",
    "shd_epoch",
    "noc",
)
HEAD = """# Performance

This page is made by `python -m benchmarks.report` from the results in `benchmarks/results`; it is
not written by hand.

In each table all rows were measured in one run, turn by turn, so that what disturbed one disturbed
all. Times are medians over all turns, with the quartiles beside them; a ratio compares with the
first row. Nothing was timed before it had passed a test that it computes what it says. `None` is
what could not run, with the reason. Every run measures the machine as well: a copy of memory and a
product of two matrices."""


def load(folder: Path) -> list[dict[str, Any]]:
    """Results of a folder, in the order of the page.

    Raises:
        UserError: there are none, or one is no full result.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise UserError(f"{folder} holds no results; run the benchmarks with --json first")
    results = [_read(path) for path in paths]
    return sorted(results, key=lambda each: _place(each["benchmark"]))


def _place(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


def _read(path: Path) -> dict[str, Any]:
    content = read_json(path)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UserError(f"{path} is no result of a benchmark in format {FORMAT}; measure it again")
    if content["options"].get("quick"):
        raise UserError(f"{path} was made with --quick, whose numbers mean nothing; measure again")
    return content


def page(results: Sequence[dict[str, Any]]) -> str:
    """The whole page."""
    parts = [HEAD, "## Claims", _claims(results)]
    parts.extend(benchmark_text(content) for content in results)
    parts += ["## Machine and versions", _machines(results)]
    return "\n\n".join(parts) + "\n"


def _claims(results: Sequence[dict[str, Any]]) -> str:
    found = []
    for content in results:
        for case in content["cases"]:
            where = f"{content['title']}, {case['name']}"
            found += [each | {"claim": f"{where}: {each['claim']}"} for each in case["claims"]]
    return claims_table(found) if found else "None of the results claims anything."


def _machines(results: Sequence[dict[str, Any]]) -> str:
    """One column for each set of results that share a machine, versions and commit."""
    groups: dict[str, dict[str, str]] = {}
    columns: list[dict[str, str]] = []
    for content in results:
        told = _told(content)
        key = repr(told)
        if key not in groups:
            groups[key] = told | {"benchmarks": ""}
            columns.append(groups[key])
        names = filter(None, [groups[key]["benchmarks"], _short(content)])
        groups[key]["benchmarks"] = ", ".join(names)
    keys = ["benchmarks", *dict.fromkeys(key for column in columns for key in column)]
    rows = [[key, *(column.get(key, "-") for column in columns)] for key in dict.fromkeys(keys)]
    return markdown(["", *("" for _ in columns)], rows)


def _short(content: dict[str, Any]) -> str:
    device = content["options"].get("device", "cpu")
    return content["benchmark"] + ("" if device == "cpu" else f" ({device})")


def _told(content: dict[str, Any]) -> dict[str, str]:
    machine = {key: value for key, value in content["machine"].items() if key != "load_at_end"}
    facts = {"date": content["date"], "commit": content["commit"], **machine}
    versions = {name: version for name, version in content["versions"].items() if version}
    return {key.replace("_", " "): _text(value) for key, value in (facts | versions).items()}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "-" if value is None else str(value)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the page; exit codes as those of the benchmarks."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return guarded("benchmarks.report", lambda: _run(words))


def _run(words: list[str]) -> None:
    parser = Parser(prog="python -m benchmarks.report", description=__doc__)
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="FOLDER")
    parser.add_argument("--page", type=Path, default=PAGE, metavar="FILE")
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(words)
    text = page(load(options.results))
    publish(options.page, text, options.check)


if __name__ == "__main__":
    sys.exit(main())
