"""The tables of chips in explanations/energy.md and limits.md: `python docs/chip_tables.py`.

With `--check`, it only tells whether the pages hold what the chips say now.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from polychrony.experiments.commands.chips import chips
from polychrony.experiments.files import write_atomically

DOCS = Path(__file__).parent
PAGES = (DOCS / "explanations" / "energy.md", DOCS / "limits.md")
Chip = dict[str, Any]


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


def energies(known: list[Chip]) -> str:
    """What the energy of each profile is a sum of."""
    lines = ["| chip, profile | evidence | the sum of | static power | leaves out |"]
    lines.append("|---|---|---|---|---|")
    for chip in known:
        for profile in chip["profiles"]:
            priced = [n for n in profile["numbers"] if n["value"] is not None]
            evidence = sorted({n["evidence"] for n in priced if n["scope"] == "per-event"})
            cells = [f"`{chip['name']}`, `{profile['name']}`", ", ".join(evidence) or "none"]
            cells += [", ".join(_known(profile, "energy")) or "nothing", _static(profile)]
            lines.append(f"| {' | '.join([*cells, _names(profile['energy_excludes'])])} |")
    return "\n".join(lines)


def contained(known: list[Chip]) -> str:
    """Events whose energy is part of that of others."""
    lines = ["| chip, profile | events that are part of others | latency leaves out |"]
    lines.append("|---|---|---|")
    for chip in known:
        for profile in chip["profiles"]:
            within: dict[str, list[str]] = {}
            for name, other in profile["contained"].items():
                within.setdefault(other, []).append(name)
            told = "; ".join(f"{_names(names)} in {_names([o])}" for o, names in within.items())
            cells = [f"`{chip['name']}`, `{profile['name']}`", told or "none"]
            lines.append(f"| {' | '.join([*cells, _names(profile['latency_excludes'])])} |")
    return "\n".join(lines)


def unverified(known: list[Chip]) -> str:
    """Profiles with numbers that rest on no measurement or publication that was checked."""
    lines = ["| chip, profile | numbers | unverified | assumed | without a value |"]
    lines.append("|---|---|---|---|---|")
    for chip in known:
        for profile in chip["profiles"]:
            numbers = profile["numbers"]
            valued = [each for each in numbers if each["value"] is not None]
            counts = [len(numbers)]
            for evidence in ("unverified", "assumed"):
                counts.append(sum(each["evidence"] == evidence for each in valued))
            counts.append(len(numbers) - len(valued))
            name = f"`{chip['name']}`, `{profile['name']}`"
            lines.append(f"| {name} | {' | '.join(map(str, counts))} |")
    return "\n".join(lines)


def assumptions(known: list[Chip]) -> str:
    """What each chip and profile assumes, in its own words."""
    parts = []
    for chip in known:
        parts.append(f"### {chip['name']}\n")
        parts += [f"- {text}" for text in chip["assumptions"]]
        for profile in chip["profiles"]:
            parts += [f"- `{profile['name']}`: {text}" for text in profile["assumptions"]]
        parts.append("")
    return "\n".join(parts).strip()


TABLES = {
    "energies": energies,
    "contained": contained,
    "unverified": unverified,
    "assumptions": assumptions,
}


def filled(text: str, known: list[Chip]) -> str:
    """A page with its tables made anew, between `<!-- chips: NAME -->` and `<!-- end -->`."""

    def table(match: re.Match[str]) -> str:
        return f"<!-- chips: {match[1]} -->\n\n{TABLES[match[1]](known)}\n\n<!-- end -->"

    return re.sub(r"<!-- chips: (\w+) -->.*?<!-- end -->", table, text, flags=re.DOTALL)


def main() -> int:
    """Write or check both pages."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    known = chips(None, Console(file=io.StringIO()))
    for page in PAGES:
        old = page.read_text(encoding="utf-8")
        new = filled(old, known)
        if check and new != old:
            print(f"{page.name} is not what the chips say; run python docs/chip_tables.py")
            return 2
        if new != old:
            write_atomically(page, lambda path, new=new: path.write_text(new, encoding="utf-8"))  # type: ignore[misc]
    return 0


if __name__ == "__main__":
    sys.exit(main())
