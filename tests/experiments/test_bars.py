"""Progress bars on terminals, and silence elsewhere."""

from __future__ import annotations

import io

from rich.console import Console

from polychrony.experiments.bars import counting


def drawn(terminal: bool) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=100)
    with counting(console, "counting sheep") as report:
        for done in range(1, 4):
            report(done, 3)
    return out.getvalue()


def test_a_terminal_sees_the_bar_end_with_all_counted():
    assert "counting sheep" in drawn(terminal=True)
    assert "3/3" in drawn(terminal=True)


def test_a_file_gets_nothing():
    assert drawn(terminal=False).strip() == ""


def test_nothing_counted_draws_nothing():
    out = io.StringIO()
    with counting(Console(file=out, force_terminal=True), "counting sheep"):
        pass
    assert "sheep" not in out.getvalue()
