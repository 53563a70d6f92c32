"""The page says what the JSON says, and holds everything it needs."""

from __future__ import annotations

import json
import re
import struct
import xml.etree.ElementTree as ElementTree
from html import escape
from html.parser import HTMLParser

import pytest


class _Data(HTMLParser):
    """Collects `<data>` elements, and what elements refer to."""

    def __init__(self, text):
        super().__init__()
        self.data, self.links, self.open, self.ids = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "data":
            self.data.append((attributes["data-at"], attributes["value"]))
        self.links += [v for k, v in attrs if k in ("src", "href", "action", "srcset", "poster")]
        self.ids += [attributes["id"]] if "id" in attributes else []
        if tag not in ("meta", "br", "hr", "link", "input", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def _look_up(content, pointer):
    for key in pointer.split("/")[1:]:
        key = key.replace("~1", "/").replace("~0", "~")
        content = content[int(key)] if isinstance(content, list) else content[key]
    return content


@pytest.fixture(params=["cycle_page", "analytic_page"])
def made(request):
    return request.getfixturevalue(request.param)


def test_every_number_on_the_page_is_one_of_its_json(made):
    content, seen = made.block("content"), _Data(made.text).data
    assert len(seen) > 60
    for pointer, value in seen:
        assert json.loads(value) == _look_up(content, pointer), pointer


def test_the_json_on_the_page_is_that_of_the_command(made):
    assert made.block("content")["result"] == json.loads(made.numbers.read_text())


def test_the_page_refers_to_nothing_outside_itself(made):
    parsed = _Data(made.text)
    assert {link for link in parsed.links if not link.startswith("#")} == set()
    assert {link[1:] for link in parsed.links} <= set(parsed.ids)
    assert len(parsed.ids) == len(set(parsed.ids))
    assert not parsed.open
    style = made.text.split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    assert "default-src 'none'" in made.text


def test_the_parts_of_the_figures_add_up(cycle_page):
    content, figures = cycle_page.block("content"), cycle_page.block("figures")
    bars = figures["latency"]["traces"][0]
    assert sum(bars["y"]) == content["result"]["noc_messages"]["messages"]
    energy = figures["energy"]
    for by in ("layer|linear", "core|linear"):
        variant = energy["variants"][by]
        unit = {"mJ": 1e-3, "µJ": 1e-6, "nJ": 1e-9, "pJ": 1e-12}[
            re.search(r"\((.*)\)", variant["layout"]["yaxis"]["title"]["text"])[1]
        ]
        stacks = [energy["traces"][n]["y"] for n in variant["traces"]]
        joules = unit * sum(value for stack in stacks for value in stack if value is not None)
        parts = dict(content["result"]["energy_per_inference_J"])
        total = parts.pop("total") - (parts["static"] if by.startswith("core") else 0)
        assert joules == pytest.approx(total)


def test_the_raster_shows_every_spike_of_the_sample(cycle_page):
    content, raster = cycle_page.block("content"), cycle_page.block("figures")["raster"]
    for number, sample in enumerate(content["record"]["samples"]):
        for name, held in sample["populations"].items():
            traces = [raster["traces"][n] for n in raster["variants"][f"{number}|{name}"]["traces"]]
            shown = sum(len(t["x"]) for t in traces if "software only" not in t["name"])
            assert shown == len(held["hardware"]["step"])


def test_without_simulated_messages_the_page_says_so(analytic_page, cycle_page):
    said = "There is no histogram"
    assert said in analytic_page.text
    assert said not in cycle_page.text
    assert "latency" not in analytic_page.block("figures")
    assert "pareto" not in analytic_page.block("figures")


def test_constants_stand_with_their_sources(cycle_page):
    chip = cycle_page.block("content")["chip"]
    (profile,) = [p for p in chip["profiles"] if p["name"] == "akopyan2015"]
    text = cycle_page.text
    for number in profile["numbers"]:
        assert number["evidence"] in text
        assert number["source"] in text
    for entry in chip["structure"].values():
        assert (entry["source"] or "").split("&")[0] in text


def test_the_page_says_how_it_was_made(made):
    result = made.block("content")["result"]
    text = made.text.split("<footer>")[1]
    for word in (
        escape(result["command"]),
        result["machine"]["processor"],
        result["versions"]["torch"],
        result["run"],
    ):
        assert word in text


def test_every_figure_is_a_file_as_well(made):
    names = set(made.block("figures"))
    assert {path.stem for path in made.figures.iterdir()} == names
    for name in names:
        picture = (made.figures / f"{name}.png").read_bytes()
        width, height = struct.unpack(">II", picture[16:24])
        assert picture[:8] == b"\x89PNG\r\n\x1a\n"
        assert width > 600
        assert height > 250
        root = ElementTree.fromstring((made.figures / f"{name}.svg").read_bytes())
        assert root.tag.endswith("svg")


def test_names_from_outside_are_escaped(cycle_page):
    from polychrony.experiments.reporting.page import page

    evil = "</script><img src=x onerror=alert(1)>"
    content = json.loads(json.dumps(cycle_page.block("content")).replace("hidden1", "EVIL"))
    content["result"]["command"] = evil
    text = page(json.loads(json.dumps(content).replace("EVIL", evil)))
    ours = text.split('id="content"')[0]
    assert "<img" not in ours
    assert "&lt;img" in ours
    assert text.count("<img src=x") == 0
