"""HTML from Python, with every text escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import Any

_VOID = {"br", "hr", "link", "meta"}


class Html(str):
    """Text that is markup already and stays as it is."""

    __slots__ = ()


def html(content: object) -> Html:
    """Markup of anything: escaped, unless it is markup already; an iterable is joined."""
    if isinstance(content, Html):
        return content
    if isinstance(content, str) or not isinstance(content, Iterable):
        return Html(escape(str(content)))
    return Html("".join(map(html, content)))


def tag(name: str, /, *content: object, **attributes: object) -> Html:
    """An element.

    Args:
        name: such as `"p"`.
        content: what it holds; texts are escaped.
        attributes: `class_` is written as class, `aria_label` as aria-label; those that are None
            are left out, and those that are True have no value.
    """
    words = [name]
    for key, value in attributes.items():
        key = key.rstrip("_").replace("_", "-")
        if value is True:
            words.append(key)
        elif value is not None:
            words.append(f'{key}="{escape(str(value))}"')
    opened = f"<{' '.join(words)}>"
    return Html(opened if name in _VOID else f"{opened}{html(content)}</{name}>")


def table(caption: str, head: Iterable[object], rows: Iterable[Iterable[object]]) -> Html:
    """A table whose first column names the rows; it scrolls by itself where it is too wide."""
    columns = tag("tr", *(tag("th", cell, scope="col") for cell in head))
    body = [
        tag("tr", tag("th", first, scope="row"), *(tag("td", cell) for cell in rest))
        for first, *rest in map(list, rows)
    ]
    made = tag("table", tag("caption", caption), tag("thead", columns), tag("tbody", *body))
    return tag("div", made, class_="wide", tabindex=0, role="region", aria_label=caption)


def pairs(rows: Iterable[tuple[object, object]]) -> Html:
    """A list of names and what is said of them."""
    return tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in rows))


def bullets(items: Iterable[object]) -> Html:
    """A list without an order."""
    return tag("ul", *(tag("li", item) for item in items))


def folded(title: str, *content: object) -> Html:
    """What opens when one asks for it."""
    return tag("details", tag("summary", title), *content)


def data_block(name: str, content: Any) -> Html:
    """JSON for scripts and programs, which no text in it can leave.

    Args:
        name: id of the element.
        content: plain values; neither infinite nor NaN.
    """
    text = json.dumps(content, allow_nan=False, separators=(",", ":"))
    for mark in "<>&":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return Html(f'<script type="application/json" id="{escape(name)}">{text}</script>')
