"""Places that cannot be written, and files that cannot be read."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture
def a_file(tmp_path):
    (tmp_path / "file").write_text("")
    return tmp_path / "file"


@pytest.mark.parametrize("option", ["--report", "--figures"])
def test_a_place_below_a_file_is_refused_before_any_work(option, call, finished, a_file):
    pytest.importorskip("plotly")
    said = call("cosim", finished, option, a_file / "out")
    assert said.is_one_error("out", "is not a folder")
    assert sorted(p.name for p in a_file.parent.iterdir()) == ["file"]


def test_a_folder_is_no_page_and_a_file_no_folder(call, finished, a_file):
    pytest.importorskip("plotly")
    assert call("cosim", finished, "--report", a_file.parent).is_one_error("it is a folder")
    assert call("cosim", finished, "--figures", a_file).is_one_error("is not a folder")


def test_trials_need_a_page_and_a_file(call, finished, tmp_path):
    trials = tmp_path / "trials.json"
    assert call("cosim", finished, "--trials", trials).is_one_error("--trials", "--report FILE")
    said = call("cosim", finished, "--figures", tmp_path / "f", "--trials", trials)
    assert said.is_one_error("trials.json does not exist")


def test_without_plotly_the_page_is_refused_and_pictures_are_made(
    call, finished, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    said = call("cosim", finished, "--report", tmp_path / "page.html")
    assert said.is_one_error("plotly", "polychrony[report]")
    assert not list(tmp_path.iterdir())
    said = call("cosim", finished, "--samples", 2, "--figures", tmp_path / "figures")
    assert said.code == 0, said.err
    assert (tmp_path / "figures" / "energy.svg").is_file()


def test_the_page_is_whole_or_not_there(call, finished, tmp_path):
    pytest.importorskip("plotly")
    said = call("cosim", finished, "--samples", 2, "--report", tmp_path / "deep" / "page.html")
    assert said.code == 0, said.err
    assert "page.html" in said.out
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["page.html"]
