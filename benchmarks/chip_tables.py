"""The tables of chips in explanations/energy.md and limits.md: `python -m benchmarks.chip_tables`.

With `--check`, it only tells whether the pages hold what the chips say now.
"""

from __future__ import annotations

import functools
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.cli import Parser, guarded
from benchmarks.pages import filled, publish, read
from benchmarks.record import ROOT
from benchmarks.tables import markdown
from polychrony.experiments.commands.chips import chips

DOCS = ROOT / "docs"
Chip = dict[str, Any]
Profile = dict[str, Any]


@functools.cache
def known() -> list[Chip]:
    """All chips, as `polychrony chips --json` writes them."""
    return chips(None, Console(file=io.StringIO()))


def _profiles() -> Iterator[tuple[str, Profile]]:
    """Every profile, with its name and that of its chip as a cell."""
    for chip in known():
        for profile in chip["profiles"]:
            yield f"`{chip['name']}`, `{profile['name']}`", profile


def _names(names: list[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names) or "nothing"


def _known(profile: dict[str, Any], kind: str) -> list[str]:
    told = []
    for number in profile["numbers"]:
        name, _, what = number["name"].rpartition(" ")
        if number["value"] is not None and what == kind and number["scope"] == "per-event":
            told.append(f"{name.replace('_', ' ')} {number['value']:g} {number['unit']}")
    return told


def _static(profile: dict[str, Any]) -> str:
    (power,) = [each for each in profile["numbers"] if each["name"] == "static power"]
    if power["value"] is None:
        return "unknown, left out"
    told = f"{power['value']:g} {power['unit']}"
    return f"{told}, always" if profile["static_always"] else f"{told}, with `--static`"


def energies() -> str:
    """What the energy of each profile is a sum of."""
    rows = []
    for name, profile in _profiles():
        priced = [n for n in profile["numbers"] if n["value"] is not None]
        evidence = sorted({n["evidence"] for n in priced if n["scope"] == "per-event"})
        prices = ", ".join(_known(profile, "energy")) or "nothing"
        left_out = _names(profile["energy_excludes"])
        rows.append([name, ", ".join(evidence) or "none", prices, _static(profile), left_out])
    return markdown(["chip, profile", "evidence", "the sum of", "static power", "leaves out"], rows)


def contained() -> str:
    """Events whose energy is part of that of others."""
    rows = []
    for name, profile in _profiles():
        within: dict[str, list[str]] = {}
        for event, other in profile["contained"].items():
            within.setdefault(other, []).append(event)
        told = "; ".join(f"{_names(names)} in {_names([o])}" for o, names in within.items())
        rows.append([name, told or "none", _names(profile["latency_excludes"])])
    head = ["chip, profile", "events that are part of others", "latency leaves out"]
    return markdown(head, rows)


def unverified() -> str:
    """Profiles with numbers that rest on no measurement or publication that was checked."""
    rows = []
    for name, profile in _profiles():
        numbers = profile["numbers"]
        valued = [each for each in numbers if each["value"] is not None]
        weak = [sum(n["evidence"] == kind for n in valued) for kind in ("unverified", "assumed")]
        counts = [len(numbers), *weak, len(numbers) - len(valued)]
        rows.append([name, *map(str, counts)])
    head = ["chip, profile", "numbers", "unverified", "assumed", "without a value"]
    return markdown(head, rows)


def assumptions() -> str:
    """What each chip and profile assumes, in its own words."""
    parts = []
    for chip in known():
        parts.append(f"### {chip['name']}\n")
        parts += [f"- {text}" for text in chip["assumptions"]]
        for profile in chip["profiles"]:
            parts += [f"- `{profile['name']}`: {text}" for text in profile["assumptions"]]
        parts.append("")
    return "\n".join(parts).strip()


TABLES: dict[Path, dict[str, Callable[[], str]]] = {
    DOCS / "explanations" / "energy.md": {"energies": energies, "contained": contained},
    DOCS / "limits.md": {"unverified": unverified, "assumptions": assumptions},
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check both pages; exit codes as those of the benchmarks."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return guarded("benchmarks.chip_tables", lambda: _run(words))


def _run(words: list[str]) -> None:
    parser = Parser(prog="python -m benchmarks.chip_tables", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(words)
    for page, tables in TABLES.items():
        publish(page, filled(read(page), tables), options.check)


if __name__ == "__main__":
    sys.exit(main())
