"""Every constant that a co-simulation used, with where it comes from."""

from __future__ import annotations

from typing import Any

from polychrony.experiments.reporting.markup import Html, bullets, folded, html, pairs, table, tag
from polychrony.experiments.reporting.told import digits, spoken, told


def constants(content: Any) -> Html:
    """Tables of the costs of events, and of the chip's structure, arithmetic and routers."""
    chip = content["chip"]
    index = next(
        n for n, p in enumerate(chip["profiles"]) if p["name"] == content["result"]["profile"]
    )
    profile = chip["profiles"][index]
    heads = ["number", "value", "evidence", "supply", "source, or why it is unknown"]
    rows = [
        [
            number["name"],
            _amount(content, index, place, profile),
            number["evidence"],
            "not stated"
            if number["voltage"] is None
            else [_number(content, index, place, "voltage"), " V"],
            number["source"],
        ]
        for place, number in enumerate(profile["numbers"])
    ]
    return html(
        [
            table(f"What events cost: {chip['name']}, profile {profile['name']}", heads, rows),
            folded("Structure of the chip", _structure(content)),
            folded("Arithmetic of its neurons", _fields(content, "numbers", "Arithmetic")),
            folded("Learning on the chip", _fields(content, "learning", "Learning")),
            folded("Routers", _routers(content)),
            folded("What the sources leave open, and how it is read", _assumptions(content)),
            folded("What the sources abbreviate", pairs(chip["references"].items())),
        ]
    )


def _number(content: Any, index: int, place: int, key: str) -> Html:
    return told(content, "chip", "profiles", index, "numbers", place, key, show=digits)


def _amount(content: Any, index: int, place: int, profile: Any) -> object:
    number = profile["numbers"][place]
    component, _, what = number["name"].partition(" ")
    if what == "energy" and component in profile["contained"]:
        return f"in {profile['contained'][component]}"
    value = _number(content, index, place, "value")
    return value if number["value"] is None else [value, f" {number['unit']}"]


def _structure(content: Any) -> Html:
    return _fields(content, "structure", "Structure")


def _fields(content: Any, part: str, caption: str) -> Html:
    held = content["chip"][part]
    rows = [
        [
            name.replace("_", " "),
            spoken(content, "chip", part, name, "value"),
            entry["source"] or "",
        ]
        for name, entry in held.items()
        if isinstance(entry, dict)
    ]
    return table(caption, ["field", "value", "source"], rows)


def _routers(content: Any) -> Html:
    rows = [
        [name.replace("_", " "), spoken(content, "chip", "router", name), _source(value)]
        for name, value in content["chip"]["router"].items()
    ]
    return table("Routers", ["field", "value", "source"], rows)


def _source(value: Any) -> str:
    if isinstance(value, dict) and "source" in value:
        return f"{value['evidence']}: {value['source']}"
    return ""


def _assumptions(content: Any) -> Html:
    texts = content["result"]["assumptions"]
    return bullets(texts) if texts else tag("p", "Nothing.")
