"""`polychrony doctor`"""

from __future__ import annotations

import json
from importlib.metadata import version

import pytest

from polychrony.hardware import chip_names
from polychrony.snn.kernels import DELAY_BACKENDS, NEURON_BACKENDS


def test_it_reports_what_there_is(call, shd_files):
    said = call("doctor", "--root", shd_files, "--json", "-")
    report = json.loads(said.out)
    assert report["versions"]["torch"] == version("torch")
    assert report["backends"] == {"neurons": list(NEURON_BACKENDS), "delays": list(DELAY_BACKENDS)}
    assert report["chips"] == list(chip_names())
    assert report["data"] == {
        "digits": "built in",
        "shd_train.h5": str(shd_files / "shd_train.h5"),
        "shd_test.h5": str(shd_files / "shd_test.h5"),
    }
    for word in (version("torch"), *DELAY_BACKENDS, *chip_names(), "shd_train.h5", "built in"):
        assert word in said.err


def test_no_data_is_no_error(call, tmp_path):
    said = call("doctor", "--root", tmp_path / "nowhere", "--json", "-")
    assert json.loads(said.out)["data"] == {"digits": "built in"}


@pytest.mark.parametrize("library", ["tonic", "spikingjelly"])
def test_a_missing_extra_comes_with_the_way_to_install_it(library, call, monkeypatch):
    monkeypatch.setattr(
        "polychrony.experiments.commands.doctor.library_versions",
        lambda: {"torch": "2", library: None, "numpy": None},
    )
    said = call("doctor")
    assert "pip install 'polychrony[" in said.out
    assert "numpy" not in said.out
