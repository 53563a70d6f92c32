"""What docs/report.md shows works as it stands there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np

from polychrony.experiments.reporting.exploration import explored
from polychrony.snn.graph import NetworkGraph, Population, Projection

PAGE = (Path(__file__).parents[3] / "docs" / "report.md").read_text()


def _block(language):
    (text,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return text


def test_the_python_example_runs():
    graph = NetworkGraph(
        (Population("in", 2, "input"), Population("out", 2, "lif")),
        (Projection.from_dense("in", "out", np.eye(2, dtype=np.float32)),),
        dt=1e-3,
    )
    names = {"graph": graph, "counts": np.ones((4, 3, 2), np.uint8)}
    exec(compile(_block("python"), "report.md", "exec"), names)
    assert len(names["record"]["samples"]) == 2
    assert names["result"].costs.n_samples == 3


def test_the_trials_are_read():
    found = explored(json.loads(_block("json")))
    assert (found.front, found.maximise) == ({0}, [False, True])


def test_the_keys_are_those_of_the_page(analytic_page):
    content = analytic_page.block("content")
    keys = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert set(keys) == set(content)
    (told,) = re.findall(r"^\| `record` \| (.*) \|$", PAGE, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", told)) == set(content["record"])


def test_the_sections_are_those_of_the_page(cycle_page):
    table = PAGE.split("| section |")[1].split("\n\n")[0]
    sections = re.findall(r"^\| ([A-Z][\w ]+) \|", table, re.MULTILINE)
    assert sections == re.findall(r"<section .*?<h2.*?>(.*?)</h2>", cycle_page.text)
