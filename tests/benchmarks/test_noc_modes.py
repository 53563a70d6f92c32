"""The tables of the page about the network on chip are those that the script makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import noc_modes

PAGE = (Path(__file__).parents[2] / "docs" / "network-on-chip.md").read_text()


@pytest.mark.parametrize("table", [noc_modes.loads_table, noc_modes.bursts_table])
def test_the_page_holds_the_table(table):
    assert table() in PAGE


def test_the_script_prints_both_tables(monkeypatch, capsys):
    monkeypatch.setattr(noc_modes, "LOADS", (("uniform", 1, (0.02,)), ("uniform", 1, (1.0,))))
    monkeypatch.setattr(noc_modes, "BURSTS", (1,))
    monkeypatch.setattr(noc_modes, "CYCLES", 600)
    monkeypatch.setattr(noc_modes, "WARMUP", 100)
    assert noc_modes.main([]) == 0
    said = capsys.readouterr().out
    assert said == noc_modes.text()
    saturated = next(line for line in said.splitlines() if line.startswith("| uniform | 1 | 1 |"))
    assert saturated.split(" | ")[5] == "-"  # M/D/1 has no mean


def test_a_mistake_is_one_line_and_exit_code_2(capsys):
    assert noc_modes.main(["--fast"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("benchmarks.noc_modes: error: ") and "--fast" in line
