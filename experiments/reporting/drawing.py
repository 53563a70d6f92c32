"""A figure that a reader can change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from polychrony.experiments.reporting.markup import Html, html, tag

Trace = dict[str, Any]

FONT = {"family": "system-ui, sans-serif", "size": 14, "color": "#1a1a1a"}
INK = "#1a1a1a"
GRID = "#d9d9d9"


@dataclass(frozen=True)
class Choice:
    """Something a reader chooses.

    Args:
        label: what it is called.
        options: values and their names, the first one chosen at the beginning.
    """

    label: str
    options: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Variant:
    """What is drawn for one combination of choices.

    Args:
        data: traces of plotly.
        layout: layout of plotly.
        says: what there is to say about it.
    """

    data: Sequence[Trace]
    layout: Mapping[str, Any]
    says: Html = field(default_factory=lambda: Html(""))


@dataclass(frozen=True)
class Drawing:
    """A figure with its choices.

    Args:
        name: id on the page, and name of the file.
        title: what it shows.
        variants: by the values of all choices, joined by `|`; one under `""` without choices.
        choices: what a reader chooses.
        base: traces below those of every variant.
        log_axis: axis that can be made logarithmic, `"xaxis"` or `"yaxis"`.
    """

    name: str
    title: str
    variants: Mapping[str, Variant]
    choices: Sequence[Choice] = ()
    base: Sequence[Trace] = ()
    log_axis: str | None = None

    def record(self) -> dict[str, Any]:
        """What the page's script needs; a trace that several variants share stands once."""
        traces: list[Trace] = []
        number: dict[int, int] = {}
        variants = {}
        for key, variant in self.variants.items():
            shown = [*self.base, *variant.data]
            for trace in shown:
                if id(trace) not in number:
                    number[id(trace)] = len(traces)
                    traces.append(trace)
            variants[key] = {
                "traces": [number[id(trace)] for trace in shown],
                "layout": dict(variant.layout),
                "says": variant.says,
            }
        return {"traces": traces, "log_axis": self.log_axis, "variants": variants}

    def markup(self, *below: object) -> Html:
        """The figure with its controls; the script draws into it.

        Args:
            below: what follows, such as its numbers in a table.
        """
        controls = [self._select(number, choice) for number, choice in enumerate(self.choices)]
        if self.log_axis is not None:
            controls.append(
                tag(
                    "button", "logarithmic scale", type="button", aria_pressed="false", class_="log"
                )
            )
        height = max(int(v.layout.get("height", 400)) for v in self.variants.values())
        says = next(iter(self.variants.values())).says
        return tag(
            "figure",
            tag("figcaption", self.title, id=f"{self.name}-title"),
            tag("div", *controls, class_="controls") if controls else html(""),
            tag(
                "div",
                class_="plot",
                role="img",
                aria_labelledby=f"{self.name}-title",
                style=f"min-height:{height}px",
            ),
            tag("p", says, class_="says", aria_live="polite"),
            *below,
            id=self.name,
            data_figure=self.name,
        )

    def _select(self, number: int, choice: Choice) -> Html:
        name = f"{self.name}-choice-{number}"
        options = [tag("option", text, value=value) for value, text in choice.options]
        return html(
            [tag("label", choice.label, for_=name), tag("select", *options, id=name, name=name)]
        )


def layout(x: str, y: str, height: int = 400, **more: Any) -> dict[str, Any]:
    """The layout that all figures share.

    Args:
        x: title of the horizontal axis.
        y: title of the vertical one.
        height: px.
        more: entries of plotly's layout; those of `xaxis` and `yaxis` are added to the common ones.
    """
    axis = {"gridcolor": GRID, "linecolor": INK, "ticks": "outside", "automargin": True}
    axes = {
        name: {**axis, "title": {"text": title, "standoff": 10}, **more.pop(name, {})}
        for name, title in (("xaxis", x), ("yaxis", y))
    }
    return {
        "height": height,
        "font": FONT,
        "margin": {"l": 70, "r": 20, "t": 20, "b": 60},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "hoverlabel": {"bgcolor": "white", "font": {"color": INK}},
        **axes,
        **more,
    }
