"""Floor plan of the chip: cores by load, links by traffic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polychrony.experiments.reporting.drawing import INK, Choice, Drawing, Trace, Variant, layout
from polychrony.experiments.reporting.markup import html
from polychrony.experiments.reporting.palette import shades
from polychrony.experiments.reporting.plots.grid import Grid, grid_of, host_mark, places, used_part
from polychrony.experiments.reporting.plots.loads import LOADS, Load, class_name, link_classes

_HOVERED = 3000  # links that can be asked for their traffic, at most; each is an element
_WIDTH = 940  # px that a drawing takes on a wide page
_SYMBOLS = {1: "triangle-right", -1: "triangle-left"}


def drawing(content: Any) -> Drawing:
    """The chip with a choice of loads, and of the part shown."""
    grid = grid_of(content)
    offered = {
        name: load
        for name, load in LOADS.items()
        if any(load.of(core) for core in content["record"]["cores"])
    }
    drawn = {name: _loads(content, grid, load) for name, load in offered.items()}
    drawn["layer"] = _layers(content, grid)
    variants = {
        f"{name}|{part}": Variant([trace], made)
        for part in ("used", "whole")
        for made in [_layout(content, grid, part)]
        for name, trace in drawn.items()
    }
    loads = [(name, load.name) for name, load in offered.items()]
    choices = (
        Choice("cores by", [*loads, ("layer", "layer")]),
        Choice("part", [("used", "in use"), ("whole", "whole chip")]),
    )
    base = [_unused(grid), *_links(content, grid), _asked(content, grid), _host(content)]
    return Drawing(
        "floor-plan",
        "Floor plan by column and row of tiles: cores by load, links by traffic",
        variants,
        choices,
        base,
    )


def _layout(content: Any, grid: Grid, part: str) -> dict[str, Any]:
    west, east, south, north = used_part(content)
    if part == "whole":
        west, east, south, north = -0.6, grid.columns - 0.4, -0.6, grid.rows - 0.4
    height = min(560, max(240, _WIDTH * (north - south) / (east - west))) + 190
    # No titles: axes of a fixed ratio put them upon their ticks.
    tick = {"showgrid": False, "zeroline": False, "constrain": "domain", "tickformat": "d"}
    tick |= {"dtick": 1} if max(east - west, north - south) < 20 else {}
    return layout(
        "",
        "",
        round(height),
        xaxis={**tick, "range": [west, east]},
        yaxis={**tick, "range": [south, north], "scaleanchor": "x"},
        showlegend=True,
        legend={"orientation": "h", "yanchor": "top", "y": -0.18, "x": 0, "font": {"size": 12}},
        shapes=_borders(content, grid),
        hovermode="closest",
        margin={"l": 60, "r": 20, "t": 80, "b": 120},
    )


def _borders(content: Any, grid: Grid) -> list[dict[str, Any]]:
    """Lines between chips."""
    chip = content["record"]["chip"]
    line = {"color": INK, "width": 1, "dash": "dot"}
    across = [
        x - 0.5 for x in range(chip["columns_per_chip"], grid.columns, chip["columns_per_chip"])
    ]
    along = [y - 0.5 for y in range(chip["rows_per_chip"], grid.rows, chip["rows_per_chip"])]
    shapes = [{"x0": x, "x1": x, "y0": -0.5, "y1": grid.rows - 0.5} for x in across]
    shapes += [{"x0": -0.5, "x1": grid.columns - 0.5, "y0": y, "y1": y} for y in along]
    return [{"type": "line", "layer": "below", "line": line, **shape} for shape in shapes]


def _map(grid: Grid, values: Mapping[tuple[int, int], float], **more: Any) -> Trace:
    return {
        "type": "heatmap",
        "x": grid.edges(grid.columns).tolist(),
        "y": grid.edges(grid.rows).tolist(),
        "z": grid.cells(values),
        "hoverongaps": False,
        "xgap": 1,
        "ygap": 1,
        **more,
    }


def _unused(grid: Grid) -> Trace:
    everywhere = {
        (tile, place): 0.0
        for tile in range(grid.columns * grid.rows)
        for place in range(grid.cores_per_tile)
    }
    grey = [[0, "#ececec"], [1, "#ececec"]]
    return _map(grid, everywhere, colorscale=grey, showscale=False, hoverinfo="skip")


def _texts(content: Any, grid: Grid) -> list[list[str | None]]:
    """What a core says of itself when it is pointed at."""
    texts: Any = {
        place: "<br>".join(
            html(line)
            for line in (
                f"core {core['core']} on tile {core['tile']}: {core['population']}",
                f"{core['neurons']} neurons, {core['synapses']} synapses",
            )
        )
        for core, place in places(content)
    }
    return grid.cells(texts)  # type: ignore[return-value]  # texts in the place of numbers


def _bar(title: str, **more: Any) -> dict[str, Any]:
    """A scale of colours above the plan."""
    place = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"}
    return {**place, "len": 0.8, "thickness": 14, "title": {"text": title, "side": "top"}, **more}


def _loads(content: Any, grid: Grid, load: Load) -> Trace:
    cores = places(content)
    loads, unit = load.values(core for core, _ in cores)
    values = {place: value for (_, place), value in zip(cores, loads, strict=True)}
    title = f"{load.name} ({unit})" if unit else load.name
    return _map(
        grid,
        values,
        colorscale="Cividis",
        zmin=0,
        zmax=max(values.values()) or 1,
        colorbar=_bar(title, exponentformat="none"),
        text=_texts(content, grid),
        hovertemplate=f"%{{text}}<br>{load.name}: %{{z:.4g}} {unit}<extra></extra>",
    )


def _layers(content: Any, grid: Grid) -> Trace:
    layers = list(dict.fromkeys(core["population"] for core, _ in places(content)))
    values = {place: float(layers.index(core["population"])) for core, place in places(content)}
    count = len(layers)
    steps = [
        [edge / count, color]
        for index, color in enumerate(shades(count))
        for edge in (index, index + 1)
    ]
    return _map(
        grid,
        values,
        colorscale=steps,
        zmin=-0.5,
        zmax=count - 0.5,
        colorbar=_bar("layer", tickvals=list(range(count)), ticktext=[html(n) for n in layers]),
        text=_texts(content, grid),
        hovertemplate="%{text}<extra></extra>",
    )


def _links(content: Any, grid: Grid) -> list[Trace]:
    """A trace for each width that occurs; segments are parted by None."""
    traces = []
    for index, links in enumerate(link_classes(content)):
        if not links:
            continue
        x: list[float | None] = []
        y: list[float | None] = []
        for link in links:
            x0, y0, x1, y1 = grid.segment(link["source"], link["target"])
            x += [x0, x1, None]
            y += [y0, y1, None]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": x,
                "y": y,
                "name": class_name(index),
                "line": {"width": 1 + 1.8 * index, "color": shades(8)[4 - index]},
                "hoverinfo": "skip",
            }
        )
    return traces


def _asked(content: Any, grid: Grid) -> Trace:
    """A mark in the middle of each link, which points its way and tells its traffic."""
    links = sorted(content["record"]["links"], key=lambda link: -link["messages_per_inference"])
    x, y, text, symbols = [], [], [], []
    for link in links[:_HOVERED]:
        x0, y0, x1, y1 = grid.segment(link["source"], link["target"])
        x.append((x0 + x1) / 2)
        y.append((y0 + y1) / 2)
        step = link["target"] - link["source"]
        east_west = link["target"] // grid.columns == link["source"] // grid.columns
        symbols.append(_SYMBOLS[step] if east_west else f"triangle-{'up' if step > 0 else 'down'}")
        text.append(
            f"tile {link['source']} to {link['target']}: "
            f"{link['messages_per_inference']:.4g} messages per inference"
        )
    return {
        "type": "scatter",
        "mode": "markers",
        "x": x,
        "y": y,
        "text": text,
        "marker": {"symbol": symbols, "size": 6 if len(links) <= 300 else 3, "color": INK},
        "hovertemplate": "%{text}<extra></extra>",
        "name": "direction of a link",
        "showlegend": False,
    }


def _host(content: Any) -> Trace:
    x, y = host_mark(content)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [x],
        "y": [y],
        "name": "tile where the host sends",
        "marker": {
            "symbol": "star-diamond",
            "size": 13,
            "color": "white",
            "line": {"color": INK, "width": 1.5},
        },
        "hovertemplate": "tile where the host sends<extra></extra>",
    }
