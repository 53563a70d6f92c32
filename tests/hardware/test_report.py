from __future__ import annotations

import json

import pytest

from polychrony.hardware.chips.loihi import LOIHI
from polychrony.hardware.mapping import map_network
from polychrony.hardware.noc import Ledger, Routes
from polychrony.hardware.report import CostReport
from polychrony.snn.simulate import simulate


@pytest.fixture
def report(small_graph, counts) -> CostReport:
    ledger = Ledger(Routes(map_network(small_graph, LOIHI)), LOIHI.profile())
    ledger.record(simulate(small_graph, {"in": counts}))
    return ledger.report()


def test_dictionary_survives_json_and_names_units(report):
    plain = json.loads(json.dumps(report.to_dict()))
    assert plain["energy_per_inference_J"]["total"] > 0
    assert plain["latency_per_inference_s"] > 0
    assert plain["steps_per_s"] == pytest.approx(1 / plain["step_latency_mean_s"])
    assert plain["energy_excludes"] == ["axon_in", "axon_out", "barrier"]
    assert any("D18 does not define active" in line for line in plain["assumptions"])
    assert any("25 bits" in line for line in plain["assumptions"])
    assert (plain["chip"], plain["profile"]) == ("loihi", "davies2018")


def test_energy_by_population_adds_its_cores(report):
    assert set(report.per_population) == {"hidden", "out", "host"}
    hidden = sum(c.energy_per_inference_J for c in report.per_core if c.population == "hidden")
    assert report.per_population["hidden"] == pytest.approx(hidden)
