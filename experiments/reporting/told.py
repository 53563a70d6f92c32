"""Numbers on the page, each bound to its place in the page's JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from polychrony.experiments.reporting.markup import Html, html, tag
from polychrony.experiments.tables import percent, quantity

Show = Callable[[Any], str]

joules: Show = partial(quantity, unit="J")
seconds: Show = partial(quantity, unit="s")
share: Show = percent


def plain(value: Any) -> str:
    """A number without a unit: whole ones in full, others with four digits."""
    if value is None:
        return "not known"
    if isinstance(value, int) or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4g}"


def pointer(*keys: object) -> str:
    """Place in a JSON document, after RFC 6901."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in keys)


def look_up(content: Any, *keys: object) -> Any:
    """What stands at a place."""
    for key in keys:
        content = content[key]
    return content


def told(content: Any, *keys: object, show: Show = plain) -> Html:
    """A number as people read it; the element names its place and holds its exact value.

    Args:
        content: the page's JSON.
        keys: where the number stands.
        show: how it is written.
    """
    value = look_up(content, *keys)
    exact = "null" if value is None else repr(value)
    return tag("data", show(value), value=exact, data_at=pointer(*keys))


def digits(value: Any) -> str:
    """A number of a source with as many digits as it has, up to six."""
    return "unknown" if value is None else f"{value:.6g}"


def spoken(content: Any, *keys: object) -> Html:
    """Whatever stands at a place, in words: numbers as `told`, records as names and values.

    Args:
        content: the page's JSON.
        keys: the place.
    """
    value = look_up(content, *keys)
    if isinstance(value, bool):
        return html("yes" if value else "no")
    if isinstance(value, int | float):
        return told(content, *keys)
    if isinstance(value, dict) and {"value", "unit"} <= value.keys():
        return html([told(content, *keys, "value", show=digits), f" {value['unit']}"])
    if isinstance(value, dict):
        said = [[f"{str(key).replace('_', ' ')} ", spoken(content, *keys, key)] for key in value]
        return _listed(said)
    if isinstance(value, list):
        return _listed([spoken(content, *keys, place) for place in range(len(value))])
    return html("none" if value is None else str(value))


def _listed(parts: Sequence[object]) -> Html:
    if not parts:
        return html("none")
    return html([[", " if place else "", part] for place, part in enumerate(parts)])
