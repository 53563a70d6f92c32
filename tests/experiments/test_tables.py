"""Numbers for people."""

from __future__ import annotations

import pytest

from polychrony.experiments.tables import console, listing, percent, quantity, say, table


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1 J"),
        (1234.0, "1.23e+03 J"),
        (0.00133, "1.33 mJ"),
        (-0.00133, "-1.33 mJ"),
        (2.5e-6, "2.5 µJ"),
        (9.99e-10, "999 pJ"),
        (1e-9, "1 nJ"),
        (4e-15, "4e-15 J"),
        (0.0, "0 J"),
        (None, "not known"),
    ],
)
def test_quantities_have_a_prefix_that_fits(value, text):
    assert quantity(value, "J") == text


def test_shares_are_percentages():
    assert percent(0.12345) == "12.35 %"
    assert percent(None) == "not known"


def test_tables_show_every_cell(capsys):
    console().print(table("costs", ["what", "energy"], [["synapse", "1 J"], ["neuron", "2 J"]]))
    console().print(listing("facts", {"cores": "2 on 1 tiles"}))
    out = capsys.readouterr().out
    for word in ("costs", "what", "energy", "synapse", "1 J", "neuron", "2 J", "facts", "cores"):
        assert word in out


def test_tables_are_not_squeezed_where_there_is_no_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    console().print(listing("facts", {"command": "a" * 60}))
    console(stderr=True).print("x" * 90)
    said = capsys.readouterr()
    assert "a" * 60 in said.out
    assert "x" * 90 in said.err


def test_brackets_in_names_are_shown(capsys):
    console().print(listing("[bold]", {"run": "runs/[a]:smile:"}))
    out = capsys.readouterr().out
    assert "[bold]" in out
    assert "runs/[a]:smile:" in out


def test_no_path_is_cut(capsys):
    path = "/".join(["folder"] * 30)
    console().print(listing("facts", {"result": path}))
    shown = "".join(
        line.strip("│ ").removeprefix("result").strip("│ ")
        for line in capsys.readouterr().out.splitlines()[2:-1]
    )
    assert shown == path
    say(console(), path)
    assert capsys.readouterr().out == path + "\n"
