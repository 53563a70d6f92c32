"""One HTML page that holds everything it needs."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from polychrony.experiments.errors import UserError
from polychrony.experiments.reporting import sections
from polychrony.experiments.reporting.constants import constants
from polychrony.experiments.reporting.drawing import Drawing
from polychrony.experiments.reporting.lateness import lateness
from polychrony.experiments.reporting.learning import learning
from polychrony.experiments.reporting.markup import Html, data_block, html, tag
from polychrony.experiments.reporting.plots import (
    accuracy,
    energy,
    floor_plan,
    latency,
    pareto,
    raster,
)
from polychrony.experiments.reporting.trials import trials

# Nothing may be fetched; the browser holds the page to it.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
)


def plotly_source() -> str:
    """The script that draws.

    Raises:
        UserError: plotly is not installed.
    """
    try:
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise UserError(
            "--report needs plotly, which is not installed; get it with: "
            "pip install 'polychrony[report]'"
        ) from error
    return str(get_plotlyjs())


def page(content: Any) -> str:
    """The whole page.

    Args:
        content: what `gather` returns.

    Raises:
        UserError: plotly is not installed.
    """
    result = content["result"]
    title = f"{result['recipe']} on {result['chip']}"
    drawings: list[Drawing] = []
    body = tag(
        "body",
        tag("a", "to the content", href="#main", class_="skip"),
        tag(
            "header",
            tag("h1", title),
            tag("p", "polychrony cosim: one network, in software and on a modelled chip."),
        ),
        tag("main", *_sections(content, drawings), id="main"),
        tag("footer", tag("h2", "How this page was made"), sections.origin(content)),
        data_block("content", content),
        data_block("figures", {drawing.name: drawing.record() for drawing in drawings}),
        _script(plotly_source()),
        _script(_own("page.js")),
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        tag("title", f"{title} - polychrony"),
        tag("style", Html(_own("page.css"))),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _own(name: str) -> str:
    return files("polychrony.experiments.reporting").joinpath(name).read_text(encoding="utf-8")


def _script(text: str) -> Html:
    return tag("script", Html(text))


def _sections(content: Any, drawings: list[Drawing]) -> list[Html]:
    def drawn(drawing: Drawing | None) -> Html:
        if drawing is None:
            return html("")
        drawings.append(drawing)
        return drawing.markup()

    parts = [
        ("summary", "Summary", [sections.summary(content)]),
        ("decisions", "Accuracy", [drawn(accuracy.drawing(content)), sections.decisions(content)]),
        (
            "spikes",
            "Spikes",
            [drawn(raster.drawing(content)), sections.spikes(content), lateness(content)],
        ),
        ("messages", "Messages", [drawn(latency.drawing(content)), sections.messages(content)]),
        (
            "chip",
            "Chip",
            [
                drawn(floor_plan.drawing(content)),
                sections.traffic(content),
                tag("h3", "Placement"),
                sections.placement(content),
            ],
        ),
        ("costs", "Energy", [drawn(energy.drawing(content)), sections.energy(content)]),
        ("learning", "Learning on the chip", learning(content)),
        ("errors", "Quantization", [sections.quantization(content)]),
        ("trials", "Design space", _explored(content, drawn(pareto.drawing(content)))),
        ("constants", "Constants and their sources", [constants(content)]),
    ]
    kept = [(name, title, held) for name, title, held in parts if held]
    links = [tag("li", tag("a", title, href=f"#{name}")) for name, title, _ in kept]
    return [
        tag("nav", tag("ul", *links), aria_label="sections"),
        tag("noscript", tag("p", "Figures need scripts; all numbers stand in tables.")),
        *(
            tag(
                "section",
                tag("h2", title, id=f"{name}-head"),
                *held,
                id=name,
                aria_labelledby=f"{name}-head",
            )
            for name, title, held in kept
        ),
    ]


def _explored(content: Any, figure: Html) -> list[Html]:
    return [] if content["exploration"] is None else [figure, trials(content)]
