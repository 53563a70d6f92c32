"""The page: made from results, never by hand."""

from __future__ import annotations

import json

import pytest

from benchmarks.harness import row
from benchmarks.record import FORMAT, Case, Outcome, claim, derived, ratio, record
from benchmarks.report import PAGE, RESULTS, load, main, page
from benchmarks.tables import quantity


def _result(name="lif", **options):
    rows = [
        row("polychrony", [0.010, 0.011, 0.012], "s", "equal output"),
        row("spikingjelly", [0.3, 0.31, 0.32], "s"),
        row("rockpool", [], "s", reason="ModuleNotFoundError: No module named 'rockpool'"),
        row("copy of memory", [0.05], "s", rate=(1e9, "B")),
        derived("bytes / copy bandwidth", None, "s"),
    ]
    claims = [
        claim("times faster than spikingjelly", ratio([0.31], [0.011]), 15.0, at_least=True),
        claim("times faster than rockpool", ratio([None], [0.011]), 15.0, at_least=True),
        claim("times the C++ loop", 1.4, 1.3, at_least=False),
    ]
    case = Case("T=5 | B=2", rows, claims, ["A note."])
    command = f"python -m benchmarks.{name}"
    content = record(name, "LIF neurons", command, options, Outcome([case]))
    return json.loads(json.dumps(content))


@pytest.fixture
def results(tmp_path):
    folder = tmp_path / "results"
    folder.mkdir()
    for name in ("memory", "lif"):
        (folder / f"{name}.json").write_text(json.dumps(_result(name, quick=False)))
    return folder


def test_page_shows_every_number(results):
    text = page(load(results))
    assert "| times faster than spikingjelly | ≥ 15 | 28.2 | yes |" in text
    assert "| times faster than rockpool | ≥ 15 | - | not measured |" in text
    assert "| times the C++ loop | ≤ 1.3 | 1.40 | **no** |" in text
    assert "| polychrony | 11.0 ms | 10.5 ms to 11.5 ms | 1.00 | equal output |" in text
    assert "| spikingjelly | 310 ms | 305 ms to 315 ms | 28.2 |" in text
    assert "| rockpool | None | - | - | ModuleNotFoundError: No module named 'rockpool' |" in text
    assert "| copy of memory | 50.0 ms | - | - | 20.0 GB/s |" in text
    assert "LIF neurons, T=5 \\| B=2: times faster than spikingjelly" in text
    assert text.index("python -m benchmarks.lif") < text.index("python -m benchmarks.memory")
    assert "| benchmarks | lif, memory |" in text


def test_check_tells_a_page_that_was_touched(results, tmp_path, capsys):
    target = tmp_path / "page.md"
    words = ["--results", str(results), "--page", str(target)]
    assert main(words) == 0
    assert main([*words, "--check"]) == 0
    target.write_text(target.read_text().replace("28.2", "29.2"))
    assert main([*words, "--check"]) == 2
    assert "is not what the results make it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (json.dumps(_result(quick=True)), "made with --quick"),
        (json.dumps(_result() | {"format": FORMAT + 1}), "no result of a benchmark"),
        ("[1]", "no result of a benchmark"),
        ("{", "cannot be read as JSON"),
    ],
)
def test_unfit_result_is_refused(content, said, tmp_path, capsys):
    (tmp_path / "lif.json").write_text(content)
    assert main(["--results", str(tmp_path), "--page", str(tmp_path / "page.md")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert not (tmp_path / "page.md").exists()


def test_folder_without_results_is_refused(tmp_path, capsys):
    assert main(["--results", str(tmp_path)]) == 2
    assert "holds no results" in capsys.readouterr().err


def test_page_of_this_checkout_is_what_its_results_make_it():
    measured = any(RESULTS.glob("*.json"))
    assert PAGE.exists() == measured
    if measured:
        assert PAGE.read_text() == page(load(RESULTS))


def test_quantities():
    assert quantity(None, "s") == "None"
    assert quantity(2.5e-5, "s") == "25.0 µs"
    assert quantity(1.5, "s") == "1.50 s"
    assert quantity(3.2e10, "flop/s") == "32.0 Gflop/s"
    assert quantity(12.34, "B per element") == "12.3 B per element"


def test_claims_without_a_value_are_not_called_missed():
    assert claim("x", None, 2.0, at_least=True)["reached"] is None
    assert claim("x", 2.0, 2.0, at_least=True)["reached"] is True
    assert claim("x", 2.1, 2.0, at_least=False)["reached"] is False
    assert ratio([1.0, 3.0], [2.0]) == 2 and ratio([1.0], [None]) is None
