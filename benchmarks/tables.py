"""Results as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_PARTS = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"))
_RATES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1.0, ""))


def quantity(value: float | None, unit: str) -> str:
    """A number with its unit, three digits."""
    if value is None:
        return "None"
    if unit in ("s", "J"):
        factor, prefix = next((pair for pair in _PARTS if value >= pair[0]), _PARTS[-1])
        return f"{_digits(value / factor)} {prefix}{unit}"
    if unit.endswith("/s"):
        factor, prefix = next((pair for pair in _RATES if value >= pair[0]), _RATES[-1])
        return f"{_digits(value / factor)} {prefix}{unit}"
    return f"{_digits(value)} {unit}"


def _digits(value: float) -> str:
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table."""
    lines = [list(head), ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def claims_table(claims: Sequence[dict[str, Any]]) -> str:
    """What was to be shown, and whether it was."""
    verdicts = {True: "yes", False: "**no**", None: "not measured"}
    rows = [
        [
            each["claim"],
            f"{'≥' if each['at_least'] else '≤'} {each['target']:g}",
            "-" if each["value"] is None else _digits(each["value"]),
            verdicts[each["reached"]],
        ]
        for each in claims
    ]
    return markdown(["claim", "target", "measured", "reached"], rows)


def rows_table(rows: Sequence[dict[str, Any]]) -> str:
    """Medians with quartiles; the first row is what the others are compared with."""
    first = rows[0]["median"]
    lines = []
    for each in rows:
        yardstick = "rate" in each or each["unit"] != rows[0]["unit"]
        comparable = first and each["median"] and not yardstick and each.get("comparable", True)
        lines.append(
            [
                each["name"],
                quantity(each["median"], each["unit"]),
                _spread(each),
                _digits(each["median"] / first) if comparable else "-",
                _remark(each),
            ]
        )
    return markdown(["", "median", "quartiles", "ratio", "remark"], lines)


def _spread(each: dict[str, Any]) -> str:
    if len(each["samples"]) < 2:
        return "-"
    return f"{quantity(each['q1'], each['unit'])} to {quantity(each['q3'], each['unit'])}"


def _remark(each: dict[str, Any]) -> str:
    rate = each.get("rate")
    parts = [
        quantity(rate["value"], rate["unit"]) if rate else "",
        each["detail"],
        each["reason"],
    ]
    return "; ".join(part for part in parts if part)


def benchmark_text(content: dict[str, Any], level: int = 2) -> str:
    """One result as text, with headings from that level on."""
    mark = "#" * level
    place = " on a GPU" if content["options"].get("device") == "cuda" else ""
    parts = [f"{mark} {content['title']}{place}", f"`{content['command']}`"]
    if content["options"].get("quick"):
        parts.append("**Tiny sizes (`--quick`): these numbers show only that it runs.**")
    if content["skipped"]:
        parts.append(f"Skipped: {content['skipped']}.")
    for case in content["cases"]:
        parts.append(f"{mark}# {case['name']}")
        parts.extend(case["notes"])
        if case["claims"]:
            parts.append(claims_table(case["claims"]))
        parts.append(rows_table(case["rows"]))
    return "\n\n".join(parts)
