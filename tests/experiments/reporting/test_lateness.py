from __future__ import annotations

import re

import pytest

from polychrony.experiments.reporting.lateness import lateness

NETWORK = {"deliveries": 10, "deadline_misses": 3, "latency_mean_s": 2e-6, "late_by_ticks": {}}


def _said(loop):
    return lateness({"result": {"loop": loop}})


@pytest.mark.parametrize("result", [{}, {"loop": None}])
def test_a_loop_that_is_off_is_not_spoken_of(result):
    assert lateness({"result": result}) == ""


def test_the_network_and_its_layers_have_a_row_each():
    layers = {"hidden": {**NETWORK, "deadline_misses": 1}}
    said = _said({"how": "closed", "tick_s": 1e-3, "network": NETWORK, "layers": layers})
    assert re.findall(r'<th scope="row">(.*?)</th>', said) == ["whole network", "hidden"]
    assert '<data value="3" data-at="/result/loop/network/deadline_misses">3</data>' in said
    assert '<data value="1" data-at="/result/loop/layers/hidden/deadline_misses">1</data>' in said
    assert '<data value="2e-06" data-at="/result/loop/network/latency_mean_s">2 µs</data>' in said
    assert '<data value="0.001" data-at="/result/loop/tick_s">1 ms</data>' in said


def test_where_nothing_can_be_late_there_is_no_table():
    said = _said({"how": "open", "tick_s": None, "rounds_max": 0, "network": None})
    assert "<table" not in said
    assert "rounds max" in said
